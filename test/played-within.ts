/**
 * Scenes in which a clock of the program runs, such as an idle time. A scene proves something only if the machine lets all of it take
 * place before the clock runs out.
 */

/** If the machine holds up so many plays, it is the scene that is too slow. */
const PLAYS = 20;

/** Plays a scene. If it fails, and took longer than the limit, it is played again. @throws the error of the last play */
export async function playedWithin<T>(limitMs: number, scene: () => T | Promise<T>): Promise<T> {
  for (let play = 1; ; play++) {
    const began = performance.now();
    try {
      return await scene();
    } catch (error) {
      if (performance.now() - began < limitMs || play === PLAYS) throw error;
    }
  }
}
