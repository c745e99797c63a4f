/** A page -> the file that `--report` names, replaced in one step. @throws MapError `unwritable` */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';

export function writeReport(file: string, page: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, page, { flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new MapError('unwritable', `${file} cannot be written: ${systemText(error)}`, { file, cause: error });
  }
}
