/** A machine and its findings -> a report for people, or one JSON object. */
import { jsonText } from '../../core/json-text.ts';
import type { Diagnosis, FileFacts, Machine } from './machine.ts';

/** The facts in a table, then the findings with their remedies, then a count. */
export function doctorText(machine: Machine, found: readonly Diagnosis[]): string {
  const rows = factRows(machine);
  const width = Math.max(...rows.map(([what]) => what.length));
  const facts = rows.map(([what, text]) => `${what.padEnd(width)}  ${text}\n`);
  const findings = found.map(
    ({ code, severity, about, text, help }) => `\n${severity} ${code} ${about}\n  ${text}\n  mend: ${help}\n`,
  );
  return `${[...facts, ...findings].join('')}\n${countOf(found)}\n`;
}

/** `machine` has the facts, `findings` what is wrong. */
export function doctorJson(machine: Machine, findings: readonly Diagnosis[]): string {
  return `${jsonText({ machine, findings })}\n`;
}

function factRows({ configuration, maps, programs, tables, sockets }: Machine): (readonly [string, string])[] {
  return [
    ['configuration', configuration],
    ...maps.flatMap(({ role, mapFile, format, records }) =>
      mapFile === undefined
        ? []
        : [
            [
              role,
              [describe(mapFile), format, records === undefined ? undefined : `${records} records`]
                .filter((word) => word !== undefined)
                .join(', '),
            ] as const,
          ],
    ),
    ...programs.map(
      ({ name, path, maker }) =>
        [name, `${path}, ${maker === 'unknown' ? 'of an unknown maker' : `of ${maker}`}`] as const,
    ),
    ...tables.map(
      ({ reader, where, type, text, file }) => [reader, `${where} = ${type}:${text}, reads ${file}`] as const,
    ),
    ...sockets.map(
      ({ reader, where, path, error }) =>
        [reader, `${where}: ${path}, ${error === undefined ? 'somebody listens' : error}`] as const,
    ),
  ];
}

function describe({ path, owner, group, mode, mtimeMs }: FileFacts): string {
  return `${path}, ${owner}:${group} ${mode.toString(8).padStart(4, '0')}, of ${new Date(mtimeMs).toISOString().slice(0, 19)}Z`;
}

function countOf(found: readonly Diagnosis[]): string {
  if (found.length === 0) return 'nothing is wrong';
  const errors = found.filter(({ severity }) => severity === 'error').length;
  const warnings = found.length - errors;
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
