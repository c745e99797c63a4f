/**
 * Bounds the memory that all peers together hold in a server: incomplete requests, and answers that are not read.
 *
 * Above MAX_HELD the peer that holds most is disconnected, so that one greedy peer does not harm many small ones.
 */

/** Bytes; more than a thousand times what a peer holds that speaks the protocol. */
const MAX_HELD = 64 << 20;

export interface Holder {
  /** Ends at once; holds nothing afterwards. */
  giveUp(): void;
}

export class HeldMemory {
  readonly #limit: number;
  readonly #held = new Map<Holder, number>();
  #total = 0;

  constructor(limit: number = MAX_HELD) {
    this.#limit = limit;
  }

  /** Records the bytes that a peer holds now. */
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
