/**
 * The queries that run one program each: makemap, editmap, newaliases, praliases, `sendmail -bv`, a delivery.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ByteString } from '../../src/core/bytes.ts';
import type {
  DeliverAnswer,
  DeliverQuery,
  EditmapQuery,
  MakemapQuery,
  MapAnswer,
  NewaliasesAnswer,
  NewaliasesQuery,
  PraliasesQuery,
  Ran,
  VerifiedRecipient,
  VerifyAnswer,
  VerifyQuery,
} from './jobs.ts';
import { ETC, fileStatus, type Machine } from './machine.ts';

/** All lines but the empty one after the last newline. */
const linesOf = (text: ByteString): ByteString[] => text.split('\n').slice(0, -1);

async function dumped(
  machine: Machine,
  path: string,
  type: string,
  args: readonly string[] = ['-u'],
  sort = true,
): Promise<Pick<MapAnswer, 'dump' | 'dumpResult'>> {
  if (!existsSync(`${path}.db`)) return {};
  const { rc, stdout, stderr } = await machine.run('makemap', [...args, type, path]);
  const lines = linesOf(stdout);
  return { dump: sort ? lines.sort() : lines, ...((rc !== 0 || stderr !== '') && { dumpResult: { rc, stderr } }) };
}

export async function askMakemap(machine: Machine, query: MakemapQuery): Promise<MapAnswer> {
  const type = query.type ?? 'hash';
  const path = `${ETC}/${query.name ?? 'test'}`;
  if (!query.keep) rmSync(`${path}.db`, { force: true, recursive: true });
  const operands = query.bare ? [] : [type, path];
  const ran = await machine.run('makemap', [...(query.args ?? []), ...operands], {
    stdin: query.stdin ?? '',
    timeout: query.timeout ?? 300,
  });
  const sort = type === 'hash' && query.sort !== false;
  const dump = query.dump === false ? {} : await dumped(machine, path, query.dumpType ?? type, query.dumpArgs, sort);
  return { ...ran, ...dump, db: fileStatus(`${path}.db`) };
}

export async function askEditmap(machine: Machine, query: EditmapQuery): Promise<MapAnswer> {
  const type = query.type ?? 'hash';
  const path = `${ETC}/${query.name ?? 'test'}`;
  const operands = query.bare ? [] : [type, path];
  const words = [query.key, query.value].filter((word) => word !== undefined);
  const ran = await machine.run('editmap', [...(query.args ?? []), ...operands, ...words]);
  const dump = query.dump === false ? {} : await dumped(machine, path, type);
  return { ...ran, ...dump, db: fileStatus(`${path}.db`) };
}

export async function askNewaliases(machine: Machine, query: NewaliasesQuery): Promise<NewaliasesAnswer> {
  if (query.aliases !== undefined) machine.put('aliases', query.aliases);
  for (const [name, spec] of Object.entries(query.files ?? {})) machine.put(name, spec);
  if (!query.keep)
    for (const name of readdirSync(ETC))
      if (/^aliases.*\.db$/.test(name)) rmSync(`${ETC}/${name}`, { recursive: true });
  const args = query.args ?? [];
  const options = { timeout: query.timeout };
  const ran = query.bi
    ? await machine.run('sendmail', ['-bi', ...args], options)
    : await machine.run('newaliases', args, options);
  const dumps: Record<string, readonly ByteString[]> = {};
  let result: MapAnswer['dumpResult'];
  for (const name of query.maps ?? ['aliases']) {
    const { dump, dumpResult } = await dumped(machine, `${ETC}/${name}`, 'hash');
    if (dump) dumps[name] = dump;
    result ??= dumpResult;
  }
  const dump = dumps.aliases;
  return {
    ...ran,
    ...(dump && { dump }),
    dumps,
    ...(result && { dumpResult: result }),
    db: fileStatus(`${ETC}/aliases.db`),
  };
}

export async function askPraliases(machine: Machine, query: PraliasesQuery): Promise<Ran> {
  const ran = await machine.run('praliases', query.args ?? []);
  return query.sort ? { ...ran, stdout: `${linesOf(ran.stdout).sort().join('\n')}\n` } : ran;
}

const DELIVERABLE = /^(.*?)\.\.\. deliverable: mailer ([^ ,]+)(?:, host (.*?))?, user (.*)$/s;

export async function askVerify(machine: Machine, query: VerifyQuery): Promise<VerifyAnswer> {
  const addresses = typeof query.address === 'string' ? [query.address] : query.address;
  const ran = await machine.run('sendmail', ['-bv', ...(query.flags ?? []), '--', ...addresses], {
    timeout: query.timeout,
  });
  const recipients: VerifiedRecipient[] = [];
  const errors: ByteString[] = [];
  for (const line of ran.stdout.split('\n').filter(Boolean)) {
    const [, address, mailer, host, user] = line.match(DELIVERABLE) ?? [];
    if (address === undefined) errors.push(line);
    else recipients.push({ address, mailer: mailer!, user: user!, ...(host !== undefined && { host }) });
  }
  return {
    rc: ran.rc,
    recipients,
    errors,
    ...(ran.stderr !== '' && { stderr: ran.stderr }),
    ...(ran.timeout && { timeout: ran.timeout }),
  };
}

function shownFile(name: string): ByteString | null {
  const path = name.startsWith('/') ? name : `${ETC}/${name}`;
  return existsSync(path) ? readFileSync(path, 'latin1') : null;
}

export async function askDeliver(machine: Machine, query: DeliverQuery): Promise<DeliverAnswer> {
  const log = `${ETC}/deliver.log`;
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const recipients = typeof query.rcpt === 'string' ? [query.rcpt] : query.rcpt;
  const sender = query.sender ?? 'sender@outside.example';
  const args = ['-odi', '-oi', '-Am', '-f', sender, ...(query.flags ?? []), '--', ...recipients];
  const ran = await machine.run('sendmail', args, { stdin: 'Subject: t\n\nbody\n', timeout: query.timeout });
  const deliveries = linesOf(readFileSync(log, 'latin1')).map((line) => {
    const [mailer, from, host, ...rcpts] = line.split('\t');
    return { mailer: mailer!, sender: from!, host: host!, rcpts };
  });
  const queued = readdirSync(`${ETC}/mqueue`);
  for (const name of queued) if (statSync(`${ETC}/mqueue/${name}`).isFile()) rmSync(`${ETC}/mqueue/${name}`);
  return {
    ...ran,
    deliveries,
    queue: queued.filter((name) => /^q/i.test(name)).sort(),
    ...(query.show && { files: Object.fromEntries(query.show.map((name) => [name, shownFile(name)])) }),
  };
}
