/** A page -> the file that `--report` names, replaced in one step. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import type { Draw } from '../../review/report/picture.ts';

/** @param pageOf makes the page, with pictures if there is a drawer. @throws MapError `unwritable` */
export async function writeReport(file: string, pageOf: (draw?: Draw) => string): Promise<void> {
  const { loadDraw } = await import('../../review/report/picture.ts');
  replace(file, pageOf(await loadDraw()));
}

function replace(file: string, page: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, page, { flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new MapError('unwritable', `${file} cannot be written: ${systemText(error)}`, { file, cause: error });
  }
}
