/** One answer of a server, as it is reported to whoever counts or logs answers; without a listener nothing is put together. */
import type { Decision } from '../access/decision.ts';

export interface Answered {
  readonly service: 'policy' | 'socketmap';
  /** The first word of the answer: `OK`, `DUNNO`, `REJECT`, `DEFER`, `DEFER_IF_PERMIT`, `HOLD`, `DISCARD`; `NOTFOUND`, `TEMP`. */
  readonly answer: string;
  readonly milliseconds: number;
  /** What was asked: client, sender, recipient; or the map. As text. */
  readonly asked: Readonly<Record<string, string>>;
  /** Of a policy server: the decision that the answer rests on. */
  readonly decision?: Decision;
}

export type OnAnswer = (answered: Answered) => void;
