/**
 * One question, three answers: of sendmail, of our own rules under the features recognised in the sendmail.cf that m4 wrote, and
 * of the rules of that file, run by our engine. All three must be the same.
 */
import type { Decision } from '../../src/access/decision.ts';
import type { Rulings } from '../../src/config/rulings.ts';
import type { Fact, Facts } from '../../src/core/facts.ts';
import { ask, type CheckQuery, ours, theirs } from '../access/answer.ts';
import { fileRulingsOf } from '../machine.ts';
import { oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { DnsEntry, DnsTable, Files } from '../oracle/jobs.ts';
import type { Comparison } from './comparison.ts';
import { asTheDaemonSays, compareRounds, DNS, SWITCH, withoutQuoting } from './relay.ts';

const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n::1 localhost ip6-localhost\n';
const NONE: Fact = { status: 'notFound' };
const CANNOT_TELL: Fact = { status: 'tempFail' };

/** The answers of the private network's DNS server. */
export function factsOf(table: DnsTable): Facts {
  return {
    get(type, name) {
      if (type === 'DOMAIN') return undefined;
      const entry: DnsEntry = table[name.toLowerCase()] ?? {};
      if (entry.rcode === 2) return CANNOT_TELL;
      const records = type === 'A' ? entry.A : type === 'AAAA' ? entry.AAAA : type === 'MX' ? exchangers(entry) : [];
      return records === undefined || records.length === 0 ? NONE : { status: 'found', records };
    },
  };
}

function exchangers({ MX = [] }: DnsEntry): readonly string[] {
  return [...MX].sort(([one], [other]) => one - other).map(([, host]) => host);
}

const FACTS = factsOf(DNS);

/** sendmail's own words for mail from this host are not what it takes in a session. */
const isOwn = ({ clientAddr }: CheckQuery): boolean => clientAddr === '' || clientAddr === '0';

function withFacts(rulings: Rulings): Rulings {
  return {
    ...rulings,
    checkRelay: (client) => rulings.checkRelay(client, FACTS),
    checkMail: (sender, session) => rulings.checkMail(sender, session, FACTS),
    checkRcpt: (recipient, session) => rulings.checkRcpt(recipient, session, FACTS),
  };
}

/** Files that m4 wrote, and the rulings of the last one with its maps. */
class RulingsOfFiles {
  readonly #texts = new Map<string, string>();
  #last: { readonly features: readonly string[]; readonly files: Files; readonly rulings: Rulings } | undefined;

  cfOf(features: readonly string[]): string {
    const key = features.join('\n');
    const known = this.#texts.get(key) ?? configuration(oracleDirectory, features);
    this.#texts.set(key, known);
    return known;
  }

  of(features: readonly string[], files: Files): Rulings {
    if (this.#last?.features !== features || this.#last.files !== files) {
      const rulings = withFacts(fileRulingsOf(this.cfOf(features), { ...files, ...SWITCH, '/etc/hosts': HOSTS }));
      this.#last = { features, files, rulings };
    }
    return this.#last.rulings;
  }
}

/** The resolver's answer about a literal depends on earlier questions. */
const LITERAL_DOMAIN = /Domain of sender address .*@\[/s;

/** Decisions that differ although the replies are the same: whether the recipient is delivered here. */
function place({ action }: Decision): string {
  return action === 'local' || action === 'relay' ? action : '';
}

export const rulesAndBuiltInComparison: Comparison = {
  name: 'rules-and-built-in',
  shortCases: 240,
  async run(oracle, seed, cases, report) {
    const rulings = new RulingsOfFiles();
    const cfOf = (features: readonly string[]): string => rulings.cfOf(features);
    await compareRounds(oracle, seed, cases, { cfOf }, (query, builtIn, answer, world): void => {
      const { features, files } = world as { features: readonly string[]; files: Files };
      const real = withoutQuoting(asTheDaemonSays(theirs(answer), answer));
      const mine = withoutQuoting(ours(builtIn, query));
      if (isOwn(query)) {
        report.compared(mine === real ? undefined : { asked: { query, ...world }, theirs: real, ours: mine });
        return;
      }
      const decision = ask(rulings.of(features, files), query);
      const file = withoutQuoting(ours(decision, query));
      if (file !== real && [file, real].some((line) => LITERAL_DOMAIN.test(line))) return;
      const isSame = file === real && mine === real && place(builtIn) === place(decision);
      const all = { builtIn: [mine, place(builtIn)], file: [file, place(decision)], because: decision.because };
      report.compared(isSame ? undefined : { asked: { query, ...world }, theirs: [real, answer.raw], ours: all });
    });
  },
};
