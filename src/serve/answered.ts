/** One answer of a server, for a listener that counts or logs answers. Without a listener it is not built. */
import type { Decision } from '../access/decision.ts';

export interface Answered {
  readonly service: 'policy' | 'socketmap';
  /** The first word of the answer: `OK`, `DUNNO`, `REJECT`, `DEFER`, `DEFER_IF_PERMIT`, `HOLD`, `DISCARD`; `NOTFOUND`, `TEMP`. */
  readonly answer: string;
  readonly milliseconds: number;
  /** The fields of the request as text: client, sender, recipient; or the map. */
  readonly asked: Readonly<Record<string, string>>;
  /** For a policy server: the decision behind the answer. */
  readonly decision?: Decision;
}

export type OnAnswer = (answered: Answered) => void;
