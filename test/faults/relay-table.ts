/**
 * The table of attempts to relay: strangers of every kind, at every door, in each configuration of relay-worlds.ts. Nobody is let
 * in whom the real sendmail keeps out, and those who are let in go where it sends them.
 *
 * `test/data/open-relay.json` has whom sendmail's daemon lets in, over SMTP, with the same files, and the targets of their mail;
 * the long form asks it again, and asks the rules of its own sendmail.cf as well.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import { type Feature, type MailMaps, type MailMapsOptions, makeMap, openMailMaps } from '../../src/index.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { ofSendmail } from '../alias/answer.ts';
import { sevenBit } from '../conformance/comparison.ts';
import { HOST } from '../machine.ts';
import { type Oracle, openOracle, oracleAvailable, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { Job, RouteAnswer, RouteQuery, SmtpQuery, VerifyQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ours as ourRoute, theirs as theirRoute } from '../route/answer.ts';
import type { Family, Round } from './fault.ts';
import { numbers } from './fuzz.ts';
import { DOORS, type Found, isIn, type Stranger } from './relay-doors.ts';
import { CLIENTS, type RelayWorld, recipientsOf, SENDERS, TABLES, WORLDS } from './relay-worlds.ts';

/** Whom sendmail lets in, by the stranger. */
type LetIn = Readonly<Record<string, readonly string[]>>;

interface Recorded {
  readonly worlds: Readonly<
    Record<
      string,
      {
        readonly letIn: readonly { readonly strangers: readonly string[]; readonly recipients: readonly string[] }[];
        readonly routes: Readonly<Record<string, string>>;
        readonly targets: Targets;
      }
    >
  >;
}

/** In bytes. */
interface Theirs {
  readonly letIn: LetIn;
  /** Where mail for those who are let in goes. */
  readonly routes: Readonly<Record<string, string>>;
  /** The targets of their mail, in the words of `sendmail -bv`; none for an unknown mailbox. */
  readonly targets: Targets;
}

type Targets = Readonly<Record<string, readonly string[]>>;

function recordedIn({ worlds }: Recorded, { name }: RelayWorld): Theirs {
  const { letIn, routes, targets } = worlds[name]!;
  const bytes = (text: string): string => encodeText(text);
  return {
    letIn: Object.fromEntries(
      letIn.flatMap(({ strangers, recipients }) => strangers.map((stranger) => [stranger, recipients.map(bytes)])),
    ),
    routes: Object.fromEntries(Object.entries(routes).map(([recipient, route]) => [bytes(recipient), bytes(route)])),
    targets: Object.fromEntries(Object.entries(targets).map(([recipient, all]) => [bytes(recipient), all.map(bytes)])),
  };
}

/** The short form asks one in so many. */
const PART = 12;
const HOSTS_FILE = `127.0.0.1 localhost ${HOST} mail\n::1 localhost ip6-localhost\n`;

const STRANGERS: readonly (Stranger & { readonly name: string })[] = CLIENTS.flatMap((address) =>
  SENDERS.map((sender) => ({ address, sender, name: `${address} <${sender}>` })),
);

/** Asks the real daemon whom it lets in, and where it sends them. */
export async function askSendmail(oracle: Oracle, world: RelayWorld): Promise<Theirs> {
  const recipients = recipientsOf(world).filter((each) => !/[\r\n]/.test(each));
  const sessions = STRANGERS.map(
    ({ address, sender }): SmtpQuery => ({
      kind: 'smtp',
      clientAddr: address,
      lines: ['EHLO mail.example.com', `MAIL FROM:<${sender}>`, ...recipients.map((each) => `RCPT TO:<${each}>`)],
    }),
  );
  const { features, files, dns } = world;
  const job = { features, files, newaliases: false, ...(dns && { dns }) };
  const { results } = await oracle.ask({ ...job, queries: sessions });
  const letIn = Object.fromEntries(
    STRANGERS.map(({ name }, i) => [name, recipients.filter((_, j) => isIn(results[i]!.replies[j + 3]?.at(-1)))]),
  );
  const all = [...new Set(Object.values(letIn).flat())];
  const routes = await oracle.ask({ ...job, queries: all.map((address): RouteQuery => ({ kind: 'route', address })) });
  return {
    letIn,
    routes: Object.fromEntries(all.map((each, i) => [each, theirRoute(routes.results[i]!)])),
    targets: await askTargets(oracle, job, all, routes.results),
  };
}

/** `-bv` reads an address in brackets as the daemon reads RCPT, but splits it at a comma behind `>` or a backslash. */
async function askTargets(
  oracle: Oracle,
  job: Omit<Job, 'queries'>,
  recipients: readonly string[],
  routes: readonly RouteAnswer[],
): Promise<Targets> {
  const queries = recipients.map((each): VerifyQuery => ({ kind: 'verify', address: `<${each}>` }));
  const { results } = await oracle.ask({ ...job, queries });
  const targets = recipients.map((each, i): [string, readonly string[]] => {
    const { mailer = '', host, user = '' } = routes[i]!;
    const route = { mailer, user, ...(host !== undefined && { host }) };
    const found = /[>\\],/.test(each) ? [route] : results[i]!.recipients;
    return [each, ofSendmail({ rc: 0, errors: [], recipients: found }).recipients];
  });
  return Object.fromEntries(targets.filter(([, all]) => all.length > 0));
}

export const relayTable: Family = {
  name: 'relay-table',
  promise:
    'at no door, and in no configuration, is a stranger let in whom sendmail keeps out, and mail goes where it sends it, and nowhere else',
  async run(round) {
    const recorded = readData<Recorded>('open-relay');
    const tally: Tally = { asked: 0, theirs: 0, ours: 0, targets: 0 };
    for (const world of WORLDS) {
      await inWorld(world, async (directory) => {
        for (const [rules, options] of rulesOf(world, directory, round)) {
          using maps = openMailMaps(options);
          const theirs = recordedIn(recorded, world);
          const found = await knock(round, world, rules, maps, theirs, tally);
          await compareRoutes(round, world, rules, maps, theirs.routes, found);
        }
      });
    }
    round.figure(`${WORLDS.length} configurations, ${STRANGERS.length} strangers, ${tally.asked} attempts`);
    round.figure(`sendmail lets in ${tally.theirs} of them, we ${tally.ours}`);
    round.figure(`the targets of ${tally.targets} are those of sendmail`);
    if (round.long && oracleAvailable) await askAgain(round, recorded);
  },
};

async function inWorld(world: RelayWorld, use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-relay-table.'));
  try {
    for (const [name, text] of Object.entries(world.files)) writeFileSync(join(directory, name), text, 'latin1');
    for (const name of TABLES)
      if (world.files[name] !== undefined) await makeMap([readFileSync(join(directory, name))], join(directory, name));
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Our rules, with the features named or from a sendmail.cf, and the rules of the sendmail.cf itself. */
function rulesOf(
  world: RelayWorld,
  directory: string,
  { long }: Round,
): readonly (readonly [string, MailMapsOptions])[] {
  const common = { hostName: HOST, aliases: [], users: join(directory, 'passwd') };
  writeFileSync(
    join(directory, 'passwd'),
    'alice:x:2001:2001::/nonexistent:/bin/sh\nbob:x:2002:2002::/nonexistent:/bin/sh\n',
  );
  const isPlain = world.features.every((each) => typeof each === 'string' && !/^define:|^[A-Z]/.test(each));
  const named = { ...common, directory, features: world.features as readonly Feature[] };
  const plain = isPlain ? ([['named', named]] as const) : [];
  if (!oracleAvailable) return plain;
  const cf = join(directory, 'sendmail.cf');
  const text = configuration(oracleDirectory, world.features).replaceAll('/etc/mail/', `${directory}/`);
  writeFileSync(cf, text, 'latin1');
  const kinds = (long ? ['built-in', 'file'] : ['built-in']) as readonly ('built-in' | 'file')[];
  return [...plain, ...kinds.map((rules) => [rules, { ...common, cf, rules }] as const)];
}

interface Tally {
  asked: number;
  theirs: number;
  ours: number;
  targets: number;
}

/** Tries every door. Returns all whom some door lets in. */
async function knock(
  round: Round,
  world: RelayWorld,
  rules: string,
  maps: MailMaps,
  recorded: Theirs,
  tally: Tally,
): Promise<ReadonlySet<string>> {
  const all = new Set<string>();
  const random = numbers(round.seed);
  const recipients = recipientsOf(world);
  const resolver: Resolver = tableResolver(world.dns ?? {}, HOSTS_FILE);
  for (const stranger of STRANGERS) {
    const theirs = new Set(recorded.letIn[stranger.name]);
    for (const [door, ask] of Object.entries(DOORS)) {
      const asked = round.long ? recipients : recipients.filter(() => random(PART) === 0);
      const found = await ask(maps, stranger, asked, resolver);
      const where = { world: world.name, rules, door, stranger: stranger.name };
      const wrong = [...found.keys()].filter((recipient) => !theirs.has(recipient));
      round.held(asked.length - wrong.length);
      for (const recipient of wrong) round.broke({ tried: { ...where, recipient }, got: 'let in' });
      tally.targets += compareTargets(round, where, found, recorded.targets);
      tally.asked += asked.length;
      tally.theirs += asked.filter((recipient) => theirs.has(recipient)).length;
      tally.ours += found.size;
      for (const recipient of found.keys()) all.add(recipient);
    }
  }
  return all;
}

/** Mail goes to whom sendmail sends it, and to nobody else. Returns the number of recipients. */
function compareTargets(round: Round, where: object, found: Found, targets: Targets): number {
  const compared = [...found].filter(([, ours]) => ours !== undefined);
  for (const [recipient, ours] of compared) {
    const theirs = targets[recipient] ?? [];
    if (isDeepStrictEqual(ours, theirs)) round.held();
    else round.broke({ tried: { ...where, recipient }, got: { theirs, ours } });
  }
  return compared.length;
}

/** A recipient who is let in goes where sendmail sends him. */
async function compareRoutes(
  round: Round,
  world: RelayWorld,
  rules: string,
  maps: MailMaps,
  routes: Theirs['routes'],
  recipients: ReadonlySet<string>,
): Promise<void> {
  const resolver = tableResolver(world.dns ?? {}, HOSTS_FILE);
  for (const recipient of recipients) {
    const theirs = routes[recipient];
    if (theirs === undefined) continue;
    const address = decodeText(recipient);
    const ours = encodeText(ourRoute(await maps.ask({ kind: 'route', address }, { resolver }), address));
    if (sevenBit(ours) === sevenBit(theirs)) round.held();
    else round.broke({ tried: { world: world.name, rules, recipient }, got: { theirs, ours } });
  }
}

async function askAgain(round: Round, recorded: Recorded): Promise<void> {
  const oracle = await openOracle();
  try {
    for (const world of WORLDS) {
      const now = await askSendmail(oracle, world);
      if (isDeepStrictEqual(now, recordedIn(recorded, world))) round.held();
      else round.broke({ tried: `sendmail's answers in ${world.name}`, got: 'others than recorded' });
    }
    round.figure('all asked of sendmail again');
  } finally {
    await oracle.close();
  }
}
