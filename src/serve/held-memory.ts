/**
 * Bounds what all peers together make a server hold: half requests, and answers that are not taken. When it is more than
 * MAX_HELD, whoever holds most is given up, so that many peers with a little do not suffer from one with much.
 */

/** Bytes; a thousandth of it is more than a peer holds that speaks the protocol. */
const MAX_HELD = 64 << 20;

export interface Holder {
  /** Ends at once, and holds nothing from then on. */
  giveUp(): void;
}

export class HeldMemory {
  readonly #limit: number;
  readonly #held = new Map<Holder, number>();
  #total = 0;

  constructor(limit: number = MAX_HELD) {
    this.#limit = limit;
  }

  /** Takes down what a peer makes us hold by now. */
  note(holder: Holder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes > 0) this.#held.set(holder, bytes);
    else this.#held.delete(holder);
    while (this.#total > this.#limit) this.#giveUpLargest();
  }

  #giveUpLargest(): void {
    let most = 0;
    let largest: Holder | undefined;
    for (const [holder, bytes] of this.#held) if (bytes > most) [largest, most] = [holder, bytes];
    if (largest === undefined) return;
    this.note(largest, 0);
    largest.giveUp();
  }
}
