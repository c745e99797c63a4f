/** A word that is unknown -> the known word that was probably meant, for messages: `did you mean 'sender'?`. */

/** Longer words get no suggestion: this bounds the time. */
const LONGEST = 64;
/** Letters of the word per slip that is allowed. */
const LETTERS_A_SLIP = 3;

/**
 * The known word with the fewest slips, if they are few. A slip is a letter too many, missing or wrong, or two
 * exchanged.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const asked = plain(word);
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(asked.length / LETTERS_A_SLIP)) + 1;
  for (const candidate of known) {
    const count = slips(asked, plain(candidate), fewest);
    if (count < fewest) [best, fewest] = [candidate, count];
  }
  return best;
}

/** `; did you mean 'sender'?`, or `''`. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `; did you mean '${meant}'?`;
}

/** Makes `auth-type`, `auth_type` and `authtype` equal. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

/** The optimal string alignment distance, at most `limit`. */
function slips(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? limit) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
