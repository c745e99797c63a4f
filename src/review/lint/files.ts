/**
 * The files of a configuration on disk -> findings, whatever they contain: a map older than its source file (MM306), a source
 * file that others may write (MM505).
 */
import { statSync } from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import { mapAge } from '../../files/map-age.ts';
import type { SourceText } from './context.ts';
import type { Finding } from './finding.ts';

/** The codes of these findings: they have no text as an example. */
export const FILE_CODES = [
  {
    code: 'MM306',
    severity: 'warning',
    title: 'a map is older than its text, or missing',
    why: 'The text was changed and the map was not made again: the server answers from the old one.',
  },
  {
    code: 'MM505',
    severity: 'error',
    title: 'others may write a text',
    why: 'Whoever may write the text decides who may relay and who gets which mail.',
  },
] as const;

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

export function fileFindings(settings: Settings, texts: readonly SourceText[]): Finding[] {
  const { access, aliases, route } = settings;
  const maps = [...(access === undefined ? [] : [access]), ...aliases, ...Object.values(route.tables)];
  return [...maps.flatMap(({ name }) => ageFinding(name)), ...texts.flatMap(({ file }) => modeFinding(file))];
}

const AT_TOP = { line: 1, column: 1, length: 1 } as const;

/** A directory without maps is no mistake: only an existing map counts. */
function ageFinding(name: string): Finding[] {
  const age = mapAge(name);
  if (age === undefined) return [];
  const file = name.replace(/\.(?:lmdb|c?db)$/, '');
  return [{ code: 'MM306', severity: age.kind === 'older' ? 'warning' : 'info', file, ...AT_TOP, text: age.text }];
}

function modeFinding(file: string): Finding[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  const place = { code: 'MM505', file, ...AT_TOP };
  if ((mode & OTHERS_WRITE) !== 0) return [{ ...place, severity: 'error', text: 'anybody may write this file' }];
  return (mode & GROUP_WRITES) === 0 ? [] : [{ ...place, severity: 'warning', text: 'its group may write this file' }];
}
