/**
 * The lock file -> dist/sbom.cdx.json: what a user gets with the package, in CycloneDX. npm makes the list; what only
 * development needs is left out here, since `--omit=dev` also leaves out what development needs too.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const FILE = 'dist/sbom.cdx.json';

const { name, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const asked = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library'];
const bill = JSON.parse(execFileSync('npm', asked, { encoding: 'utf8', maxBuffer: 2 ** 26 }));

const needs = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
const root = bill.metadata.component['bom-ref'];
const isDirect = (ref) => Object.keys(dependencies).some((each) => ref.startsWith(`${each}@`));
const kept = new Set([root]);
const waiting = needs.get(root).filter(isDirect);
while (waiting.length > 0) {
  const ref = waiting.pop();
  if (kept.has(ref)) continue;
  kept.add(ref);
  waiting.push(...(needs.get(ref) ?? []));
}

// npm names the component after the directory
bill.metadata.component.name = name;
bill.components = bill.components.filter((component) => kept.has(component['bom-ref']));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) }));

/** The list with the number and time of another one. */
function numberedAs({ serialNumber, metadata: { timestamp } }) {
  return { ...bill, serialNumber, metadata: { ...bill.metadata, timestamp } };
}

// a list that says the same stays: the package may be packed meanwhile
const old = existsSync(FILE) ? readFileSync(FILE, 'utf8') : undefined;
if (old === undefined || old !== textOf(numberedAs(JSON.parse(old)))) {
  for (const directory of ['.cache', 'dist']) mkdirSync(directory, { recursive: true });
  const made = `.cache/sbom.${process.pid}`;
  writeFileSync(made, textOf(bill));
  renameSync(made, FILE);
}

function textOf(list) {
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
