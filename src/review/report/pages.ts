/** The results of lint, diff, replay and verify -> the pages of their reports. */
import type { Expansion } from '../../alias/expansion.ts';
import { decodeText } from '../../core/bytes.ts';
import type { DiffResult } from '../diff/diff.ts';
import { alike, SAMPLED } from '../diff/format.ts';
import type { Finding } from '../lint/finding.ts';
import type { LintResult } from '../lint/lint.ts';
import { type Effect, questionText } from '../question.ts';
import type { ReplayResult } from '../replay/replay.ts';
import { SAMPLED as VERIFY_SAMPLED } from '../verify/format.ts';
import type { Verdict, VerifyResult } from '../verify/verify.ts';
import { changedGraph, decisionGraph, expansionGraph, type Graph } from './graph.ts';
import { htmlPage, type Row, type Section } from './page.ts';
import type { Draw } from './picture.ts';

const DANGER: Readonly<Partial<Record<Effect | Finding['severity'], Row['danger']>>> = {
  'opens relaying': 'high',
  accepts: 'middle',
  refuses: 'middle',
  error: 'high',
  warning: 'middle',
};

function row(word: Effect | Finding['severity'], ...cells: readonly string[]): Row {
  const danger = DANGER[word];
  return { ...(danger !== undefined && { danger }), cells: [word, ...cells] };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Pictures that a page may have of one kind. */
const MOST_DRAWN = 10;

export function lintPage({ findings, files, hidden, lineOf, decision, expansion }: LintResult, draw?: Draw): string {
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  const rows = findings.map((finding) => {
    const { severity, code, file, line, text, help = '', witness } = finding;
    const source = lineOf(file, line) ?? '';
    const asked = witness === undefined ? '' : `${witness.question}  ->  ${witness.answer}`;
    return row(
      severity,
      code,
      ...[`${file}:${line}`, text, source, [help, asked].filter(Boolean).join('\n')].map(decodeText),
    );
  });
  const proved = findings.flatMap(({ witness }) => witness?.asked ?? []).slice(0, MOST_DRAWN);
  const aliased = findings.filter(({ code }) => IN_ALIASES.test(code));
  const byName = new Map<string, Expansion>();
  for (const { file, line } of aliased) {
    if (byName.size >= MOST_DRAWN) break;
    const named = expansion(file, line);
    if (named !== undefined) byName.set(named.name, named.expansion);
  }
  const graphs = [
    ...proved.map((asked) => decisionGraph(asked, { '': decision(asked) })),
    ...[...byName].map(([name, expanded]) => expansionGraph(name, expanded)),
  ];
  const page = {
    title: 'Mistakes in a mail configuration',
    summary: [
      `${counted(count('error'), 'error')} and ${counted(count('warning'), 'warning')} in ${counted(files.length, 'file')}; ${counted(hidden, 'finding')} of less weight not shown.`,
    ],
    sections: [
      {
        title: 'Findings',
        none: 'Nothing was found.',
        columns: ['severity', 'code', 'place', 'finding', 'line', 'help'],
        rows,
      },
    ],
    graphs,
  };
  return htmlPage(page, draw);
}

/** Codes about where an alias leads. */
const IN_ALIASES = /^MM40[1-35]$/;

export function diffPage(result: DiffResult, draw?: Draw): string {
  const { entries, differences, expansions, routes, rewrites, openRelay, questions, isSampled } = result;
  const sections: Section[] = [
    {
      title: 'Effects, the most dangerous first',
      none: 'Every question is answered as before.',
      columns: ['effect', 'before', 'after', 'entries', 'example'],
      rows: alike(differences).map(({ effect, before, others, after, otherAfters, keys, example }) =>
        row(
          effect,
          [before, ...others].join('\n'),
          [after, ...otherAfters].join('\n'),
          keys.join('\n'),
          questionText(example),
        ),
      ),
    },
    {
      title: 'Mail that goes elsewhere',
      none: 'No route has changed.',
      columns: ['address', 'before', 'after'],
      rows: routes.map(({ address, before, after }) => ({ cells: [address, before, after] })),
    },
    {
      title: 'Addresses that look different outside',
      none: 'No address looks different.',
      columns: ['address', 'where', 'before', 'after'],
      rows: rewrites.map(({ address, where, role, before, after }) => ({
        cells: [address, `${where} ${role}`, before, after],
      })),
    },
    {
      title: 'Aliases with other recipients',
      none: 'No alias has other recipients.',
      columns: ['alias', 'gains', 'loses', 'errors'],
      rows: expansions.map(({ name, added, removed, errors }) => ({
        cells: [name, ...[added, removed, errors].map((list) => list.join('\n'))],
      })),
    },
    {
      title: 'Changed entries',
      none: 'No entry has changed.',
      columns: ['change', 'entry', 'before', 'after'],
      rows: entries.map(({ change, key, before = '', after = '' }) => ({
        cells: [change, ...[key, before, after].map(decodeText)],
      })),
    },
  ];
  const answer =
    openRelay === undefined
      ? 'No stranger may relay to a stranger.'
      : `A STRANGER MAY RELAY TO A STRANGER: ${questionText(openRelay)}`;
  const sampled = isSampled ? [SAMPLED] : [];
  const page = {
    title: 'What a change of a mail configuration changes',
    summary: [answer, `${questions} classes of questions were asked of both.`, ...sampled],
    sections,
    graphs: diffGraphs(result),
  };
  return htmlPage(page, draw);
}

function diffGraphs({ differences, expansions, decisions, expanded }: DiffResult): readonly Graph[] {
  const effects = alike(differences).slice(0, MOST_DRAWN);
  const aliases = expansions.slice(0, MOST_DRAWN).map(({ name }) => ({ name, ...expanded(name) }));
  return [
    ...effects.map(({ example }) => decisionGraph(example, { ...decisions(example) })),
    ...aliases.map(({ name, before, after }) => changedGraph(name, before, after)),
  ];
}

export function replayPage(
  { lines, questions, unchanged, undetermined, groups, decisions }: ReplayResult,
  draw?: Draw,
): string {
  const page = {
    title: 'Mail of a log that is decided otherwise',
    summary: [
      `${questions} questions in ${lines} lines: ${unchanged} unchanged, ${undetermined} undetermined because the log does not say enough.`,
    ],
    sections: [
      {
        title: 'Effects, the most dangerous first',
        none: 'Every question is answered as before.',
        columns: ['effect', 'times', 'before', 'after', 'because', 'example'],
        rows: groups.map(({ effect, count, before, after, because, example, time }) =>
          row(effect, String(count), before, after, because, `${questionText(example)}, ${time}`),
        ),
      },
    ],
    graphs: groups.slice(0, MOST_DRAWN).map(({ example }) => decisionGraph(example, { ...decisions(example) })),
  };
  return htmlPage(page, draw);
}

export function verifyPage(result: VerifyResult, file: string, draw?: Draw): string {
  const { verdicts, untouched, isSampled } = result;
  const failed = verdicts.filter(({ holds }) => !holds);
  const page = {
    title: 'Expectations of a mail configuration',
    summary: [
      `${verdicts.length - failed.length} of ${verdicts.length} expectations hold.`,
      ...(isSampled ? [VERIFY_SAMPLED] : []),
    ],
    sections: [
      {
        title: 'Expectations',
        none: 'There is none.',
        columns: ['result', 'expectation', 'place', 'why'],
        rows: [...failed, ...verdicts.filter(({ holds }) => holds)].map(({ name, line, holds, why = '' }) => ({
          ...(!holds && { danger: 'high' as const }),
          cells: [holds ? 'holds' : 'does not hold', name, `${file}:${line}`, why],
        })),
      },
      {
        title: 'Keys that no expectation asks for',
        none: 'Every key is asked for.',
        columns: ['key'],
        rows: untouched.map((key) => ({ cells: [decodeText(key)] })),
      },
    ],
    graphs: failed.slice(0, MOST_DRAWN).flatMap((verdict) => verdictGraph(verdict, result)),
  };
  return htmlPage(page, draw);
}

function verdictGraph({ example }: Verdict, { decision, expansion }: VerifyResult): Graph[] {
  if (example === undefined) return [];
  if ('expand' in example) return [expansionGraph(example.expand, expansion(example.expand))];
  return [decisionGraph(example, { '': decision(example) })];
}
