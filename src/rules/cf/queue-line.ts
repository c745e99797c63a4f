/**
 * A Q line -> the name of a queue group, which mailers may name, with sendmail's complaints about its fields.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { readFields } from '../../source/cf/fields.ts';
import type { Configuration } from '../configuration.ts';

const FIELDS = 'PFNIJRr';

/** Reads a Q line, without its letter. */
export function readQueue(line: ByteString, configuration: Configuration): void {
  const { reports, queues, options } = configuration;
  if (line === '') {
    reports.system('name required for queue');
    return;
  }
  const name = /^[^, \t\n\v\f\r]*/.exec(line)![0];
  if (!checkFields(name, line.slice(name.length + 1), configuration)) return;
  if (options.queueDirectory === '') reports.system('QueueDir must be defined before queue groups');
  else queues.add(foldCase(name));
}

function checkFields(name: ByteString, fields: ByteString, { reports }: Configuration): boolean {
  for (const field of readFields(fields)) {
    if (field === undefined) {
      reports.system(`queue ${name}: \`=' expected`);
      return false;
    }
    const { code, value } = field;
    if (!FIELDS.includes(code)) reports.system(`Q${name}: unknown queue equate ${code}=`);
    else if (code === 'P' && value === '') reports.system(`queue ${name}: empty path name`);
    else if (code === 'I' && /^[0-9]*[^0-9smhdw]/i.test(value))
      reports.system(`Invalid time unit \`${/[^0-9]/.exec(value)![0]}'`);
  }
  return true;
}
