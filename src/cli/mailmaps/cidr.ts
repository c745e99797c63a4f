/**
 * `mailmaps cidr FILE`: the text of an access map or of relay-domains -> the same entries with the keys that sendmail looks up
 * in place of networks, other spellings of IPv6 and Unicode domains. For sendmail's own makemap, and for files that sendmail
 * reads itself.
 *
 * Limits: the first word of each line is a key; comments are left out. Exit status 65 for an invalid network, or for one that
 * needs too many keys; the other lines are printed.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_DATAERR, EX_OK } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { NetworkKeys } from '../../map/cidr.ts';
import { MakemapParser } from '../../source/makemap-input.ts';
import type { Io } from '../program/io.ts';
import { printableBytes } from '../program/printable.ts';

/** Adds the sub-command; `finish` takes its exit status. */
export function addCidr(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('cidr')
    .description('print an access map or relay-domains with the keys that sendmail looks up for networks')
    .argument('<file>', 'the source file')
    .option('--compressed', 'the sendmail.cf sets UseCompressedIPv6Addresses')
    .action((file: string, { compressed = false }: { readonly compressed?: boolean }) => {
      const problems: Problem[] = [];
      io.out(withKeys(readBytes(file), compressed, (problem) => problems.push(problem)));
      for (const { line, text } of problems)
        io.err(`${printableBytes(`${encodeText(file)}: line ${line}: ${text}`)}\n`);
      finish(problems.some(({ severity }) => severity === 'error') ? EX_DATAERR : EX_OK);
    });
}

function withKeys(bytes: Buffer, compressedAddresses: boolean, report: (problem: Problem) => void): string {
  const lines: string[] = [];
  const networks = new NetworkKeys(
    (from, keyStart, keyEnd, valueStart, valueEnd) => {
      const [key, value] = [from.subarray(keyStart, keyEnd), from.subarray(valueStart, valueEnd)].map((part) =>
        Buffer.from(part).toString('latin1'),
      );
      lines.push(value === '' ? key! : `${key}\t${value}`);
    },
    report,
    { isOn: true, compressedAddresses },
  );
  const parser = new MakemapParser({ emptyValues: true }, networks.record, report);
  parser.push(bytes);
  parser.end();
  networks.end();
  return lines.map((line) => `${line}\n`).join('');
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MapError('unreadable', `${file} cannot be read: ${systemText(cause)}`, { file, cause });
  }
}
