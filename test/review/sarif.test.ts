/** The SARIF of lint against the OASIS schema of SARIF 2.1.0, as @microsoft/jest-sarif carries it. */
import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import draft04 from 'ajv-draft-04';
import { expect, it } from 'vitest';
import { CODE_NAMES, CODES } from '../../src/core/codes/codes.ts';
import { lintJson, lintSarif } from '../../src/review/lint/format.ts';
import { type LintOptions, type LintResult, lint } from '../../src/review/lint/lint.ts';

const isSarif = new draft04.default({
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
  allErrors: true,
}).compile(schema);

function sarifOf(result: LintResult): { runs: [{ results: Record<string, unknown>[] }] } {
  const log = JSON.parse(lintSarif(result, '1.2.3'));
  expect(isSarif(log) ? [] : isSarif.errors).toEqual([]);
  return log;
}

const OPTIONS: LintOptions = {
  directory: '/etc/mail',
  severity: 'style',
  hostName: 'mail.here.test',
  users: () => undefined,
};

it.each(CODE_NAMES.filter((code) => CODES[code].bad.after === undefined))('a finding %s is valid', (code) => {
  const { files, features } = CODES[code].bad;
  const texts = { access: '', ...files };
  const cf = 'sendmail.cf' in files ? { cf: '/etc/mail/sendmail.cf' } : {};
  sarifOf(lint({ ...OPTIONS, ...cf, texts, features: features as never }));
});

it('no finding is valid', () => sarifOf(lint({ ...OPTIONS, texts: { access: '' } })));

it.each(['\x7f', '\x9b', '\u202e'])('JSON and SARIF escape the character %j of a file', (mark) => {
  const text = `From:a${mark}@a.example\tREJECT # x\n`;
  const result = lint({ ...OPTIONS, texts: { access: text } });
  expect(result.findings.length).toBeGreaterThan(0);
  for (const made of [lintJson(result), lintSarif(result, '1.2.3')]) {
    expect(made).not.toContain(mark);
    expect(JSON.stringify(JSON.parse(made))).toContain(mark);
  }
});

it('columns are characters, and fixes replace whole lines', () => {
  const { runs } = sarifOf(
    lint({ ...OPTIONS, severity: 'error', texts: { access: 'From:m\u00fcnz@a.example\tREJECT # \u{1f600} x\n' } }),
  );
  expect(runs[0].results[0]).toMatchObject({
    ruleId: 'MM201',
    locations: [
      {
        physicalLocation: {
          region: { startLine: 1, startColumn: 21, endColumn: 34 },
          artifactLocation: { uri: 'file:///etc/mail/access' },
        },
      },
    ],
    fixes: [
      {
        artifactChanges: [
          {
            replacements: [
              {
                deletedRegion: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 34 },
                insertedContent: { text: '# \u{1f600} x\nFrom:m\u00fcnz@a.example\tREJECT' },
              },
            ],
          },
        ],
      },
    ],
  });
});

it('the schema refuses what is no SARIF', () => expect(isSarif({ version: '2.1.0', runs: [{}] })).toBe(false));
