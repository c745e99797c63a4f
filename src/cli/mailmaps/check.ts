/**
 * `mailmaps check relay|mail|rcpt|compat`: sendmail's answer, and why; `check features`: the features in force. Exit status 0:
 * accepted, 1: refused or discarded, 75: temporary failure; sysexits for errors.
 */
import { Argument, type Command, Option } from 'commander';
import type { Decision } from '../../access/decision.ts';
import type { Question } from '../../config/ask.ts';
import type { MailMaps } from '../../config/mailmaps.ts';
import { encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { ownField } from '../../core/own-field.ts';
import type { Client, Session } from '../../core/session.ts';
import { EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';
import { answerTo } from './answer.ts';
import { runBatch } from './batch.ts';
import { describeDecision, describeFeature } from './check-report.ts';
import { UsageError } from './error-status.ts';
import { addDnsOption, addMailOptions, type MailSettings, openSettings } from './options.ts';

/** The options of `check`, as commander and yargs-parser name them. */
export interface CheckSettings extends MailSettings {
  readonly client?: string;
  readonly clientName?: string;
  readonly clientResolve?: NonNullable<Client['resolve']>;
  readonly clientPtr?: string;
  readonly helo?: string;
  readonly sender?: string;
  readonly authType?: string;
  readonly authAuthen?: string;
  readonly senderDomain?: NonNullable<Session['senderDomain']>;
  readonly daemonFlags?: string;
  readonly tlsVerify?: string;
  readonly certIssuer?: string;
  readonly certSubject?: string;
  /** All rules of a sendmail.cf that were applied. */
  readonly full?: boolean;
}

export const QUESTIONS = ['relay', 'mail', 'rcpt', 'compat', 'features'] as const;
export const RESOLVE_WORDS = ['OK', 'FAIL', 'FORGED', 'TEMP'] as const;
export const DOMAIN_WORDS = ['OK', 'PERM', 'TEMP'] as const;

const REFUSED = 1;

/** Adds the sub-command; `finish` takes its exit status. */
export function addCheck(program: Command, io: Io, finish: (status: number) => void): void {
  const command = program
    .command('check')
    .description(
      "print sendmail's answer at connect, to MAIL FROM or to RCPT TO, and its reason; or the features in force",
    )
    .addArgument(new Argument('[question]', 'what is asked').choices(QUESTIONS))
    .argument('[address]', 'the sender or recipient')
    .option(
      '--client <address>',
      'IP address of the client; without it, or with `local`, the mail comes from this host',
    )
    .option('--client-name <name>', 'its verified host name')
    .addOption(new Option('--client-resolve <how>', 'the result of the name lookup').choices(RESOLVE_WORDS))
    .option('--client-ptr <name>', 'its host name in DNS, verified or not')
    .option('--helo <name>', 'its name in EHLO')
    .option('--sender <address>', 'the sender, for a recipient')
    .option('--auth-type <mechanism>', 'the mechanism of its authentication')
    .option('--auth-authen <user>', 'the user of its authentication')
    .addOption(
      new Option('--sender-domain <result>', "the answer of DNS for the sender's domain").choices(DOMAIN_WORDS),
    )
    .option('--daemon-flags <letters>', 'the flags of the port that it connected to')
    .option('--tls-verify <word>', 'the verification of its certificate: OK, NO, FAIL ...')
    .option('--cert-issuer <name>', 'the issuer of the certificate')
    .option('--cert-subject <name>', 'the subject of the certificate')
    .option('--full', 'show every rule of the sendmail.cf that was applied');
  addMailOptions(addDnsOption(command)).action(async (question?: string, address?: string) => {
    const settings = command.opts<CheckSettings>();
    assertUsed([question, address], settings);
    using maps = openSettings(settings, io);
    finish(
      settings.batch ? await runBatch(maps, settings, io) : await runCheck([question, address], settings, maps, io),
    );
  });
}

/** Options that have no effect on a question. */
const UNUSED: Readonly<Record<string, readonly (keyof CheckSettings)[]>> = {
  relay: ['sender', 'authType', 'authAuthen', 'senderDomain', 'daemonFlags', 'tlsVerify', 'certIssuer', 'certSubject'],
  mail: ['sender'],
  compat: ['client', 'clientName', 'clientResolve', 'clientPtr', 'helo', 'authType', 'authAuthen', 'senderDomain'],
};

/** @throws UsageError for an option or word that has no effect */
function assertUsed([question, address]: readonly (string | undefined)[], settings: CheckSettings): void {
  if (settings.batch && question !== undefined) throw new UsageError('--batch reads its questions from standard input');
  if (question === 'relay' && address !== undefined) throw new UsageError(`check relay takes no address: ${address}`);
  const unused = ownField(UNUSED, question ?? '')?.find((name) => settings[name] !== undefined);
  if (unused === undefined) return;
  const option = unused.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const hint = unused === 'sender' && question === 'mail' ? ': the sender is the address itself' : '';
  throw new UsageError(`check ${question} does not look at --${option}${hint}`);
}

/** Answers one question of a command line. Returns the exit status. @throws UsageError if there is no question */
export async function runCheck(
  [question, address]: readonly (string | undefined)[],
  settings: CheckSettings,
  maps: MailMaps,
  io: Io,
): Promise<number> {
  if (question === 'features') return showFeatures(settings, maps, io);
  const decision = await answerTo(maps, questionOf(question, address, settings), settings);
  const color = inColor(settings, io);
  const text = settings.json
    ? `${jsonText(decision)}\n`
    : describeDecision(decision, {
        ...(question !== 'relay' && { address: bare(address ?? '') }),
        color,
        full: settings.full === true,
      });
  // bytes are written as they are, also to a terminal
  io.out(color ? Buffer.from(encodeText(text), 'latin1') : encodeText(text));
  return statusOf(decision);
}

/** Prints the features in force, one a line: where each was found, and whether it is followed. */
function showFeatures({ json }: CheckSettings, maps: MailMaps, io: Io): number {
  const { features } = maps;
  io.out(encodeText(json ? `${jsonText(features)}\n` : features.map(describeFeature).join('')));
  return EX_OK;
}

function questionOf(
  kind: string | undefined,
  address: string | undefined,
  settings: CheckSettings,
): Extract<Question, { readonly kind: 'relay' | 'mail' | 'rcpt' | 'compat' }> {
  const client = clientOf(settings);
  if (kind === 'relay') {
    if (settings.client === undefined) throw new UsageError('check relay needs --client');
    return { kind, client };
  }
  if (kind !== 'mail' && kind !== 'rcpt' && kind !== 'compat')
    throw new UsageError('check relay, mail, rcpt or features?');
  if (address === undefined) throw new UsageError(`check ${kind} needs an address`);
  if (kind === 'compat') return { kind, sender: settings.sender ?? '', recipient: address };
  const session = sessionOf(client, settings);
  return kind === 'mail' ? { kind, sender: bare(address), session } : { kind, recipient: bare(address), session };
}

/** Removes the brackets of an address that was copied from a log. */
function bare(address: string): string {
  return /^<[^<>]*>$/.test(address) ? address.slice(1, -1) : address;
}

function clientOf({ client, clientName, clientResolve, clientPtr, helo }: CheckSettings): Client {
  // An empty shell variable must not count as a client on this host.
  if (client === '' || client === '0') {
    throw new UsageError(`--client must be the client's IP address, or local, not ${JSON.stringify(client)}`);
  }
  return given({ address: client ?? 'local', name: clientName, resolve: clientResolve, ptr: clientPtr, helo });
}

function sessionOf(client: Client, settings: CheckSettings): Session {
  const { sender, authType, authAuthen, senderDomain, daemonFlags, tlsVerify, certIssuer, certSubject } = settings;
  const isTls = (tlsVerify ?? certIssuer ?? certSubject) !== undefined;
  const tls = isTls ? given({ verify: tlsVerify ?? '', certIssuer, certSubject }) : undefined;
  return given({ client, sender, authType, authAuthen, senderDomain, daemonFlags, tls });
}

/** Without the fields that were not given. */
function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function inColor({ color }: MailSettings, io: Io): boolean {
  return color === 'always' || (color === 'auto' && io.takesColor === true);
}

function statusOf({ action }: Decision): number {
  if (action === 'tempFail') return EX_TEMPFAIL;
  return action === 'reject' || action === 'discard' ? REFUSED : EX_OK;
}
