/** Subjects of growth.ts behind the parsers: questions of a mail server, expansions, servers and programs. */
import { join } from 'node:path';
import type { Checks } from '../../src/access/checks.ts';
import type { Decision } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import type { AliasContext } from '../../src/alias/context.ts';
import { expand } from '../../src/alias/expand.ts';
import { answerExpn, answerVrfy } from '../../src/alias/smtp.ts';
import { runBatch } from '../../src/cli/mailmaps/batch.ts';
import { describeDecision } from '../../src/cli/mailmaps/check-report.ts';
import { expansionGraph } from '../../src/cli/mailmaps/expansion-graph.ts';
import { expansionText } from '../../src/cli/mailmaps/expansion-text.ts';
import { DEFAULT_SETTINGS } from '../../src/cli/mailmaps/options.ts';
import { runTest } from '../../src/cli/mailmaps/test-session.ts';
import type { Io } from '../../src/cli/program/io.ts';
import type { openMailMaps } from '../../src/config/mailmaps.ts';
import { textOf } from '../../src/config/text-and-bytes.ts';
import { parsePasswd, userDatabase } from '../../src/config/users.ts';
import type { Client, Session } from '../../src/core/session.ts';
import { resolveClient, resolveSenderDomain } from '../../src/dns/resolve.ts';
import type { Protocol } from '../../src/serve/conversation.ts';
import { netstring } from '../../src/serve/netstring.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { socketmapProtocol } from '../../src/serve/socketmap.ts';
import { checksOver } from '../access/checks-over.ts';
import { IN_ADDRESS, PLAIN, type Subject, unlessRefused } from './growth-shapes.ts';
import { RULES } from './parser-promises.ts';

const CLIENT: Client = { address: '192.0.2.7', name: 'client.far.example', resolve: 'OK' };
const SHARED = {
  isLocal: RULES.isLocal,
  isRelay: (word: string): boolean => word === 'relay.example',
  hostName: 'mail.test',
};

/** Errors that are shown here to people. */
const MOST_SHOWN = 1000;

/** All questions of an SMTP session with one text in one place. */
export function questionSubjects(): readonly Subject[] {
  const found = (value: string): Checks =>
    checksOver({
      ...SHARED,
      lookup: () => ({ status: 'found', value }),
      features: ['blocklist_recipients', 'delay_checks'],
    });
  const none = checksOver({
    ...SHARED,
    lookup: () => ({ status: 'notFound' }),
    features: [
      'relay_entire_domain',
      'access_db:relaytofulladdress',
      'access_db:lookupdotdomain',
      'require_rdns',
      'block_bad_helo',
      'blocklist_recipients',
      'relay_mail_from:domain',
    ],
  });
  const ask = (checks: Checks, client: Client, session: Omit<Session, 'client'>, address: string): void => {
    const asked: readonly (() => Decision)[] = [
      () => checks.checkRelay(client),
      () => checks.checkMail(address, { ...session, client }),
      () => checks.checkRcpt(address, { ...session, client }),
    ];
    for (const question of asked) {
      const decision = unlessRefused(question);
      if (decision === undefined) continue;
      formatReply(decision, address);
      describeDecision(textOf(decision), { address: textOf(address), color: false });
    }
    unlessRefused(() => checks.accessSetting('GreetPause', client));
  };
  return [
    {
      name: 'checks of an address',
      around: IN_ADDRESS,
      run: (text) => ask(none, CLIENT, { sender: 'x@far.example' }, text),
    },
    {
      name: 'checks of a sender',
      around: IN_ADDRESS,
      run: (text) => ask(none, CLIENT, { sender: text }, 'x@far.example'),
    },
    {
      name: 'checks of a client name',
      around: [
        ['', ''],
        ['', '.example'],
      ],
      run: (text) => ask(none, { ...CLIENT, name: text, ptr: text }, {}, 'x@far.example'),
    },
    {
      name: 'checks of a client address',
      around: [
        ['', ''],
        ['IPv6:', ''],
        ['[', ']'],
      ],
      run: (text) => ask(none, { ...CLIENT, address: text }, {}, 'x@far.example'),
    },
    {
      name: 'checks of a HELO',
      around: PLAIN,
      run: (text) => ask(none, { ...CLIENT, helo: text }, {}, 'x@far.example'),
    },
    {
      name: 'checks of authentication',
      around: PLAIN,
      run: (text) =>
        ask(
          none,
          CLIENT,
          {
            authType: text,
            authAuthen: text,
            daemonFlags: text,
            tls: { verify: text, certIssuer: text, certSubject: text },
          },
          'x@far.example',
        ),
    },
    {
      name: 'checks over an access value',
      shapes: ['ERROR:'],
      around: [
        ['', ''],
        ['ERROR:5.7.1:"', '"'],
        ['QUARANTINE:', ''],
      ],
      run: (text) => ask(found(text), CLIENT, { sender: 'a@b.example' }, 'x@far.example'),
    },
    {
      name: 'resolveClient',
      around: PLAIN,
      run: async (text) => {
        const resolver = {
          reverse: async () => text.split('\n'),
          resolve4: async () => [],
          resolve6: async () => [],
          resolveMx: async () => [],
        };
        await resolveClient('192.0.2.7', resolver as never);
        await resolveSenderDomain(`a@${text}`, resolver as never);
      },
    },
  ];
}

export function mailingSubjects(): readonly Subject[] {
  const users = userDatabase(parsePasswd('alice:x:1:1:Al:/home/alice:/bin/sh\n'));
  const expandAll = (address: string, world: AliasContext): void => {
    const expansion = textOf(expand(address, world));
    // of up to 100,000 errors each is shown, some two hundred bytes long, whatever the text
    if (expansion.errors.length <= MOST_SHOWN) expansionText(expansion);
    for (const format of ['dot', 'mermaid'] as const) expansionGraph(expansion, format);
    answerExpn(address, world);
    answerVrfy(address, world);
  };
  const world = (alias: string | undefined, list: string): AliasContext => ({
    aliases: [
      (key) => (alias === undefined || key !== 'list' ? { status: 'notFound' } : { status: 'found', value: alias }),
    ],
    files: {
      readInclude: () => ({ status: 'opened', text: list, uid: 0, gid: 0, unsafe: false, ownerCertain: true }),
      readForward: () => ({ status: 'opened', text: list, uid: 1, gid: 1, unsafe: false, ownerCertain: true }),
    },
    users,
    rules: RULES,
    options: { maxAliasRecursion: 10, forwardPath: '$z/.forward', defaultUser: { uid: 8, gid: 8 } },
  });
  const lists = {
    isFile: true,
    isStream: true,
    shapes: ['alice\n', 'a@b.example\n', 'list,', '"|x"\n'],
    around: PLAIN,
  } as const;
  return [
    {
      name: 'expand an address',
      isStream: true,
      around: IN_ADDRESS,
      run: (text) => expandAll(text, world('a, b', '')),
    },
    { ...lists, name: 'expand an alias', run: (text) => expandAll('list', world(text, 'a\n')) },
    {
      ...lists,
      name: 'expand a list',
      run: (text) => expandAll('list', world(':include:/l', text.replaceAll(':include:', ''))),
    },
    {
      ...lists,
      name: 'expand a .forward',
      run: (text) => expandAll('alice', world(undefined, text.replaceAll(':include:', ''))),
    },
  ];
}

/** In one piece, and in pieces of a few bytes. */
function converse(protocol: Protocol, text: string): void {
  for (const size of [text.length, 7]) {
    const conversation = protocol();
    unlessRefused(() => {
      for (let at = 0; at < text.length; at += size) {
        conversation.push(text.slice(at, at + size));
        while (conversation.next() !== undefined);
      }
    });
  }
}

export function programSubjects(maps: ReturnType<typeof openMailMaps>, directory: string): readonly Subject[] {
  const socketmap = socketmapProtocol((_, key) => ({ status: 'found', value: key }), { onProblem: () => undefined });
  const policy = policyProtocol(() => maps, { onProblem: () => undefined });
  const io = (text: string): Io => {
    const bytes = Buffer.from(text, 'latin1');
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.subarray(i * 65_536, (i + 1) * 65_536),
    );
    return { stdin: chunks, out() {}, err() {}, env: {}, argv0: 'mailmaps', isTerminal: false };
  };
  const question = '{"kind":"expand","address":"list","id":';
  const settings = { ...DEFAULT_SETTINGS, directory, passwd: join(directory, 'passwd') };
  return [
    {
      name: 'socketmap',
      isStream: true,
      shapes: [netstring('access key'), '1:a,'],
      around: [
        ['', ''],
        ['9999:', ','],
      ],
      run: (text) => converse(socketmap, text),
    },
    {
      name: 'policy',
      isStream: true,
      shapes: ['request=smtpd_access_policy\n\n', 'a=b\n', 'request=x\nrecipient=a@b.example\nprotocol_state=RCPT\n\n'],
      around: [
        ['', ''],
        ['request=smtpd_access_policy\nprotocol_state=RCPT\nrecipient=', '\n\n'],
      ],
      run: (text) => converse(policy, text),
    },
    {
      name: 'batch',
      isStream: true,
      shapes: ['{}\n', '[', '{"a":', '"a",', '[],'],
      around: [
        ['', ''],
        [`${question}[`, ']}'],
        [`${question}"`, '"}'],
        ['{"kind":"rcpt","recipient":"', '","session":{"client":{"address":"192.0.2.7"}}}'],
      ],
      run: (text) => runBatch(maps, {}, io(text)),
    },
    {
      name: 'test session',
      isStream: true,
      shapes: ['--client x ', '--feature delay_checks ', '"a" ', '--no-access '],
      around: [
        ['check rcpt ', '\n'],
        ['check rcpt a@b.example --client ', '\n'],
        ['expand ', '\n'],
      ],
      run: (text) => runTest(settings, io(text)),
    },
  ];
}
