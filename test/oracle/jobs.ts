/**
 * The questions to the real programs, and the shape of their answers. README.md explains each.
 *
 * Every string, in questions and answers alike, is a byte string: one character a byte.
 */
import type { ByteString } from '../../src/core/bytes.ts';
import type { FeatureSpec } from './features.ts';

/** A file below /etc/mail: its contents, or contents with mode and owner, a link, a directory, a FIFO; null: do not make it. */
export type FileSpec =
  | ByteString
  | null
  | { readonly text: ByteString; readonly mode?: string; readonly uid?: number; readonly gid?: number }
  | { readonly link: string }
  /** Another name of a file of the job, below /etc/mail. */
  | { readonly hard: string }
  | { readonly fifo: 1; readonly mode?: string }
  | { readonly dir: 1; readonly mode?: string; readonly uid?: number; readonly gid?: number };

export type Files = Readonly<Record<string, FileSpec>>;

/** The records of the private network's DNS server, by name, or by address for PTR. */
export type DnsTable = Readonly<Record<string, DnsEntry>>;
export interface DnsEntry {
  /** The answer instead of "no error"; `silence`: there is no answer; `truncated`: a part of one without records, also over TCP. */
  readonly rcode?: number | 'silence' | 'truncated';
  /** Types for which the server fails (rcode 2). */
  readonly failing?: readonly ('A' | 'AAAA' | 'MX')[];
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly PTR?: readonly string[];
  readonly CNAME?: string;
  readonly MX?: readonly (readonly [number, string])[];
  readonly TXT?: readonly string[];
}

export interface Job<Q extends readonly Query[] = readonly Query[]> {
  /** FEATURE notation, see features.ts; default: accept_unresolvable_domains and blocklist_recipients. */
  readonly features?: readonly FeatureSpec[];
  readonly options?: Readonly<Record<string, string>>;
  /** Further sendmail.cf lines. */
  readonly cf?: string;
  readonly files?: Files;
  /** More text files that are run through makemap. */
  readonly maps?: readonly string[];
  readonly dns?: DnsTable;
  /** false: do not run newaliases on the alias file. */
  readonly newaliases?: boolean;
  /** Flags of `sendmail -d` for test mode, such as `60.5`, which prints each lookup into the `trace`. */
  readonly debug?: string;
  /** Modes set last, below /etc/mail. */
  readonly chmod?: Readonly<Record<string, string>>;
  readonly queries: Q;
}

interface ClientFields {
  readonly clientName?: string;
  readonly clientAddr?: string;
  readonly clientResolve?: 'OK' | 'FAIL' | 'FORGED' | 'TEMP';
  readonly clientPtr?: string;
  readonly helo?: ByteString;
  readonly auth?: string;
  readonly authAuthen?: string;
  readonly tls?: { readonly verify?: string; readonly certIssuer?: string; readonly certSubject?: string };
  readonly daemonFlags?: string;
  readonly macros?: Readonly<Record<string, ByteString>>;
  /** Keep test mode's own lines, and what the job's `debug` adds to them. */
  readonly trace?: boolean;
}
export interface RelayQuery extends ClientFields {
  readonly kind: 'relay';
  readonly sender?: ByteString;
}
export interface MailQuery extends ClientFields {
  readonly kind: 'mail';
  readonly sender?: ByteString;
  /** The text in MAIL FROM, brackets included, instead of `<sender>`. */
  readonly raw?: ByteString;
}
export interface RcptQuery extends ClientFields {
  readonly kind: 'rcpt';
  readonly rcpt: ByteString;
  readonly sender?: ByteString;
  readonly raw?: ByteString;
}
export interface RulesetQuery extends ClientFields {
  readonly kind: 'ruleset';
  readonly rulesets: string;
  readonly input: ByteString;
  readonly sender?: ByteString;
}
export type DecisionQuery = RelayQuery | MailQuery | RcptQuery | RulesetQuery;
export interface ClassQuery {
  readonly kind: 'class';
  readonly class: string;
}
export interface MapQuery {
  readonly kind: 'map';
  readonly map: string;
  readonly key: ByteString;
}
export interface ParseQuery {
  readonly kind: 'parse';
  readonly address: ByteString;
}
/** Where mail for an address goes, without aliases. */
export interface RouteQuery {
  readonly kind: 'route';
  readonly address: ByteString;
  readonly daemonFlags?: string;
}
/** The form of an address when a mailer gets it. */
export interface RewriteQuery {
  readonly kind: 'rewrite';
  readonly address: ByteString;
  readonly mailer: string;
  readonly in: 'envelope' | 'header';
  readonly role: 'sender' | 'recipient';
  readonly daemonFlags?: string;
}
export interface VerifyQuery {
  readonly kind: 'verify';
  readonly address: ByteString | readonly ByteString[];
  readonly flags?: readonly string[];
  readonly timeout?: number;
}
export interface ExpnQuery {
  readonly kind: 'expn' | 'vrfy';
  readonly address: ByteString;
}
export interface SmtpQuery {
  readonly kind: 'smtp';
  readonly clientAddr?: string;
  readonly lines: readonly ByteString[];
  /** The daemon's -d flags; what it prints is in the answer. */
  readonly debug?: string;
  readonly timeout?: number;
}
export interface DeliverQuery {
  readonly kind: 'deliver';
  readonly rcpt: ByteString | readonly ByteString[];
  readonly sender?: ByteString;
  readonly flags?: readonly string[];
  readonly show?: readonly string[];
  readonly timeout?: number;
}
export interface MakemapQuery {
  readonly kind: 'makemap';
  readonly stdin?: ByteString;
  readonly args?: readonly ByteString[];
  readonly type?: string;
  readonly name?: string;
  /** Leave the map of the query before in place. */
  readonly keep?: boolean | 1;
  /** `args` are all there are: no type, no name. */
  readonly bare?: boolean | 1;
  readonly dump?: boolean;
  readonly dumpArgs?: readonly string[];
  readonly dumpType?: string;
  /** false: a hash map is dumped in its own order. */
  readonly sort?: boolean;
  readonly timeout?: number;
}
export interface EditmapQuery {
  readonly kind: 'editmap';
  readonly args?: readonly ByteString[];
  readonly type?: string;
  readonly name?: string;
  readonly key?: ByteString;
  readonly value?: ByteString;
  readonly bare?: boolean | 1;
  readonly dump?: boolean;
}
export interface NewaliasesQuery {
  readonly kind: 'newaliases';
  readonly aliases?: FileSpec;
  readonly files?: Files;
  readonly keep?: boolean | 1;
  readonly bi?: boolean | 1;
  readonly args?: readonly string[];
  /** The maps to dump; default: aliases. */
  readonly maps?: readonly string[];
  /** Seconds; 60. */
  readonly timeout?: number;
}
export interface PraliasesQuery {
  readonly kind: 'praliases';
  readonly args?: readonly ByteString[];
  readonly sort?: boolean | 1;
}
export interface BtQuery {
  readonly kind: 'bt';
  readonly lines: readonly ByteString[];
  readonly args?: readonly string[];
}
export interface CmdQuery {
  readonly kind: 'cmd';
  readonly prog: string;
  readonly args?: readonly ByteString[];
  readonly stdin?: ByteString;
  readonly timeout?: number;
}
export interface PutQuery {
  readonly kind: 'put';
  readonly files: Files;
}
export interface StatQuery {
  readonly kind: 'stat';
  readonly file: string;
}

export type Query =
  | DecisionQuery
  | ClassQuery
  | MapQuery
  | ParseQuery
  | RouteQuery
  | RewriteQuery
  | VerifyQuery
  | ExpnQuery
  | SmtpQuery
  | DeliverQuery
  | MakemapQuery
  | EditmapQuery
  | NewaliasesQuery
  | PraliasesQuery
  | BtQuery
  | CmdQuery
  | PutQuery
  | StatQuery;

/** The end of a program: its exit status, minus the signal's number, or null if it had to be killed. */
export interface Ran {
  readonly rc: number | null;
  readonly stdout: ByteString;
  readonly stderr: ByteString;
  readonly timeout?: true;
}
export interface FileStatus {
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}
export interface DecisionAnswer {
  /** `none`: the ruleset gave no answer at all. */
  readonly action: 'ok' | 'error' | 'discard' | 'quarantine' | 'none';
  readonly value?: ByteString;
  readonly final?: true;
  /** The line that an SMTP client gets. */
  readonly reply?: ByteString;
  readonly code?: number;
  readonly dsn?: ByteString;
  readonly text?: ByteString;
  readonly host?: ByteString;
  readonly user?: ByteString;
  readonly raw?: ByteString;
  /** The configuration has no such ruleset, which accepts. */
  readonly undefined?: true;
  readonly messages?: readonly ByteString[];
  readonly trace?: readonly ByteString[];
  readonly process?: { readonly rc: number | null; readonly stderr: ByteString };
}
export interface LinesAnswer {
  readonly lines: readonly ByteString[];
}
/** Lines that test mode printed beside the answer. */
interface Messages {
  readonly messages?: readonly ByteString[];
}
export interface RouteAnswer extends Messages {
  /** The mailer's host has the case and the dot that sendmail gives it; for `*error*`, a status or a word. */
  readonly mailer?: string;
  readonly host?: ByteString;
  readonly user?: ByteString;
  /** The line that an SMTP client gets, where there is no way to go. */
  readonly reply?: ByteString;
  /** A table failed: mail would wait. */
  readonly temp?: true;
}
export interface RewriteAnswer extends Messages {
  readonly address?: ByteString;
  readonly rc?: number;
}
export interface VerifyAnswer {
  readonly rc: number | null;
  readonly recipients: readonly VerifiedRecipient[];
  readonly errors: readonly ByteString[];
  readonly stderr?: ByteString;
  readonly timeout?: true;
}
export interface VerifiedRecipient {
  readonly address: ByteString;
  readonly mailer: string;
  readonly user: ByteString;
  readonly host?: ByteString;
}
export interface ExpnAnswer extends LinesAnswer {
  readonly code: number;
}
export interface SmtpAnswer {
  /** Greeting first, then one for each line. */
  readonly replies: readonly (readonly ByteString[])[];
  readonly debug?: readonly ByteString[];
}
export interface DeliverAnswer extends Ran {
  readonly deliveries: readonly {
    readonly mailer: string;
    readonly sender: ByteString;
    readonly host: ByteString;
    readonly rcpts: readonly ByteString[];
  }[];
  readonly queue: readonly string[];
  readonly files?: Readonly<Record<string, ByteString | null>>;
}
export interface MapAnswer extends Ran {
  /** The map as `makemap -u` prints it, a line each; hash maps sorted. Absent: there is none. */
  readonly dump?: readonly ByteString[];
  readonly dumpResult?: { readonly rc: number | null; readonly stderr: ByteString };
  readonly db: FileStatus | null;
}
export interface NewaliasesAnswer extends MapAnswer {
  /** The dumps of all `maps` by name. */
  readonly dumps: Readonly<Record<string, readonly ByteString[]>>;
}
export interface PutAnswer {
  readonly ok: true;
}
export interface StatAnswer {
  readonly stat: FileStatus | null;
}

interface Answers {
  readonly relay: DecisionAnswer;
  readonly mail: DecisionAnswer;
  readonly rcpt: DecisionAnswer;
  readonly ruleset: DecisionAnswer;
  readonly class: LinesAnswer;
  readonly map: LinesAnswer;
  readonly parse: LinesAnswer;
  readonly route: RouteAnswer;
  readonly rewrite: RewriteAnswer;
  readonly verify: VerifyAnswer;
  readonly expn: ExpnAnswer;
  readonly vrfy: ExpnAnswer;
  readonly smtp: SmtpAnswer;
  readonly deliver: DeliverAnswer;
  readonly makemap: MapAnswer;
  readonly editmap: MapAnswer;
  readonly newaliases: NewaliasesAnswer;
  readonly praliases: Ran;
  readonly bt: Ran;
  readonly cmd: Ran;
  readonly put: PutAnswer;
  readonly stat: StatAnswer;
}
export type AnswerTo<Q extends Query> = Answers[Q['kind']];

export interface Answer<Q extends readonly Query[] = readonly Query[]> {
  /** The output of makemap and newaliases while the job's maps were built, by file name; silent successes are left out. */
  readonly prepared: Readonly<Record<string, Ran>>;
  /** One for each query, in the same order. */
  readonly results: { readonly [I in keyof Q]: AnswerTo<Q[I]> };
}

/** One line of the worker's output. */
export type WorkerReply = Answer | { readonly error: string };
