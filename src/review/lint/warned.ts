/**
 * The warnings of makemap, newaliases and the library about source files -> findings of lint: the same code, made by the same
 * functions.
 */
import type { ByteString } from '../../core/bytes.ts';
import { type Code, isCode } from '../../core/codes/codes.ts';
import type { Problem } from '../../core/problem.ts';
import { NetworkKeys } from '../../map/cidr.ts';
import { EntryWatch } from '../../map/entry-watch.ts';
import { MakemapParser } from '../../source/makemap-input.ts';
import { scanFormat } from '../../source/scan-format.ts';
import { aliasFindings, listFindings } from '../../source/warnings/aliases.ts';
import { characterFindings } from '../../source/warnings/characters.ts';
import { classFileFindings } from '../../source/warnings/class-file.ts';
import type { PlacedFinding } from '../../source/warnings/finding.ts';
import type { SourceKind, SourceLines } from '../source-text.ts';
import type { Edit, Found } from './finding.ts';

/** Codes whose findings are warnings of makemap, newaliases and the library. */
// biome-ignore format: codes of a kind on a line
export const WARNED = [
  'MM101', 'MM102', 'MM103', 'MM104', 'MM105', 'MM107', 'MM110', 'MM112', 'MM113', 'MM114',
  'MM117', 'MM118', 'MM120', 'MM121', 'MM201', 'MM202', 'MM301', 'MM302', 'MM304', 'MM305', 'MM308', 'MM309',
  'MM310', 'MM311', 'MM312', 'MM406', 'MM408', 'MM409', 'MM411', 'MM418', 'MM419', 'MM420',
  'MM421', 'MM422', 'MM501', 'MM502', 'MM605', 'MM701', 'MM702', 'MM703', 'MM704',
] as const;

export type WarnedCode = (typeof WARNED)[number];

export type Warnings = ReadonlyMap<Code, readonly Found[]>;

/** Faults with a safe repair: it changes only the faulty part. */
const SAFE: readonly Code[] = ['MM101', 'MM102', 'MM107', 'MM201', 'MM304'];

/** @param problems those of the configuration that the sources make */
export function warningsIn(
  sources: readonly SourceLines[],
  problems: readonly Problem[],
  compressedAddresses: boolean | undefined,
): Warnings {
  const warnings = new Map<Code, Found[]>();
  const add = (code: Code, found: Found): void => {
    if (!warnings.has(code)) warnings.set(code, []);
    warnings.get(code)!.push(found);
  };
  for (const source of sources)
    for (const finding of findingsIn(source, compressedAddresses)) add(finding.code, placed(finding, source));
  for (const problem of problems) {
    const source = sources.find(({ file }) => file === problem.file);
    // The findings of a map's source file have its problems.
    if (isCode(problem.code) && (source === undefined || !isMapSource(source)))
      add(problem.code, ofProblem(problem, source ?? sources[0]));
  }
  return warnings;
}

export function isMapSource({ kind }: { readonly kind: SourceKind }): boolean {
  return kind === 'access' || kind === 'table';
}

function findingsIn(source: SourceLines, compressedAddresses: boolean | undefined): readonly PlacedFinding[] {
  const { kind, text, format } = source;
  if (kind === 'cf') return [];
  if (isMapSource(source)) return mapFindings(text, kind === 'access', compressedAddresses);
  if (kind === 'aliases') return aliasFindings(Buffer.from(text, 'latin1'));
  return kind === 'list'
    ? listFindings(text)
    : classFileFindings(text, scanFormat(format ?? '%s'), compressedAddresses);
}

function mapFindings(
  text: ByteString,
  isAccess: boolean,
  compressedAddresses: boolean | undefined,
): readonly PlacedFinding[] {
  const findings: PlacedFinding[] = [];
  const watch = new EntryWatch({ isAccess, compressedAddresses }, (finding) => findings.push(finding));
  const lines = text.split('\n');
  const add = ({ code, line = 1, text: said }: Problem): void => {
    if (!isCode(code)) return;
    findings.push({ code, line, text: said });
    // A character that looks like a blank may be the reason why the key has no value.
    if (code === 'MM301') findings.push(...characterFindings(lines[line - 1]!).map((each) => ({ line, ...each })));
  };
  const networks = new NetworkKeys(() => {}, add, { compressedAddresses, onEntry: watch.record });
  const parser = new MakemapParser({}, networks.record, add, networks.comment);
  const bytes = Buffer.from(text, 'latin1');
  watch.chunk(bytes);
  parser.push(bytes);
  parser.end();
  watch.end();
  return findings;
}

function placed({ code, line, text, about, instead, above }: PlacedFinding, { file, lines }: SourceLines): Found {
  const whole = lines[line - 1] ?? '';
  const at = about === undefined ? -1 : whole.endsWith(about) ? whole.lastIndexOf(about) : whole.indexOf(about);
  const [start, length] = at < 0 ? [0, whole.length] : [at, about!.length];
  const edits = SAFE.includes(code) ? editsOf() : [];
  return { file, line, column: start + 1, length, text, ...(edits.length > 0 && { fix: edits }) };

  function editsOf(): Edit[] {
    if (code === 'MM304') return lines.flatMap(withoutReturn);
    if (instead === undefined || at < 0) return [];
    const mended = `${whole.slice(0, at)}${instead}${whole.slice(at + length)}`;
    return [{ line, replacement: above === undefined ? mended : `${above}\n${mended}` }];
  }
}

function withoutReturn(line: ByteString, i: number): Edit[] {
  return line.endsWith('\r') ? [{ line: i + 1, replacement: line.slice(0, -1) }] : [];
}

function ofProblem({ file, line = 1, text, severity, code }: Problem, source: SourceLines | undefined): Found {
  const length = source?.lines[line - 1]?.length ?? 1;
  const found = { file: file ?? source?.file ?? 'sendmail.cf', line, column: 1, length, text };
  return code === 'MM421' ? { ...found, severity } : found;
}
