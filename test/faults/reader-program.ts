/**
 * `node reader.mjs MAP RECORDS MS`: reads a map that others replace all the time, by lookups in a map that is open for
 * long, and by walks over one that is opened each time; prints what it counted as JSON.
 */
import { openMap } from '../../src/index.ts';

const [path, records, ms] = process.argv.slice(2) as [string, string, string];
const count = Number(records);
const end = Date.now() + Number(ms);
const seen = { lookups: 0, walks: 0, generations: new Set<string>(), wrong: [] as string[] };

function lookUp(): void {
  const key = `key${seen.lookups % count}`;
  const answer = following.lookup(key);
  seen.lookups++;
  if (answer.status !== 'found' || !/^\d+$/.test(answer.value)) seen.wrong.push(`${key}: ${JSON.stringify(answer)}`);
  else seen.generations.add(answer.value);
}

function walk(): void {
  using map = openMap(path);
  const values = new Set<string>();
  let entries = 0;
  for (const { key, value } of map.entries()) {
    if (key === 'edited') continue;
    entries++;
    values.add(value);
  }
  seen.walks++;
  if (entries !== count || values.size !== 1) seen.wrong.push(`${entries} records of ${values.size} generations`);
}

using following = openMap(path, { reloadCheckMs: 0, onProblem: (error) => seen.wrong.push(error.message) });
while (Date.now() < end) {
  try {
    for (let i = 0; i < 200; i++) lookUp();
    walk();
  } catch (error) {
    seen.wrong.push(String(error));
  }
}
console.log(JSON.stringify({ ...seen, generations: seen.generations.size }));
