/** A page -> the file that `--report` names. */
import type { Draw } from '../../review/report/picture.ts';
import { writeOutput } from './output-file.ts';

/** @param pageOf makes the page, with pictures if there is a drawer. @throws MapError `unwritable` */
export async function writeReport(file: string, pageOf: (draw?: Draw) => string): Promise<void> {
  const { loadDraw } = await import('../../review/report/picture.ts');
  writeOutput(file, pageOf(await loadDraw()));
}
