/** Lint: each rule finds its bad example and not its good one; suppressions, severities and output forms. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain, lintGithub, lintSarif, lintText } from '../../src/review/lint/format.ts';
import { type LintOptions, lint } from '../../src/review/lint/lint.ts';
import type { Example } from '../../src/review/lint/rule.ts';
import { RULES } from '../../src/review/lint/rules.ts';

const OPTIONS: LintOptions = { directory: '/etc/mail', severity: 'style', hostName: 'mail.here.test' };

function codesIn({ files, features }: Example): string[] {
  const texts = { 'relay-domains': '', 'local-host-names': '', aliases: '', access: '', ...files };
  const { findings } = lint({ ...OPTIONS, texts, features: features as never, users: () => undefined });
  return findings.map(({ code }) => code);
}

describe.each(RULES.map((rule) => [rule.code, rule] as const))('%s', (code, { bad, good, title, why }) => {
  it(`finds: ${title}`, () => expect(codesIn(bad)).toContain(code));
  it('does not find its good example', () => expect(codesIn(good)).not.toContain(code));
  it('says why in whole sentences', () => {
    expect(why).toMatch(/[.:]$/);
    expect(explain(code)).toContain(why);
  });
});

it('codes are never used twice', () => {
  const codes = RULES.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

describe('a finding', () => {
  const access = 'From:ok.example\tOK\nFrom:bad.example\tREJECT # spam\n';

  it('has its place, and shows it', () => {
    const result = lint({ ...OPTIONS, severity: 'warning', texts: { access } });
    expect(lintText(result)).toContain(
      [
        '/etc/mail/access:2:18: error MM201 the comment is part of the value: REJECT # spam',
        '    2 | From:bad.example REJECT # spam',
        '      |                  ^^^^^^^^^^^^^ put the comment on a line of its own',
      ].join('\n'),
    );
  });

  it.each([
    ['with a reason is left out', '# mailmaps: allow MM201 the text is meant\n', []],
    ['without a reason stays', '# mailmaps: allow MM201\n', ['MM901', 'MM201']],
    ['of another code stays', '# mailmaps: allow MM202 no\n', ['MM901', 'MM201']],
    ['in the whole file is left out', '# mailmaps: allow-file MM201 generated\nFrom:x.example\tOK\n', []],
  ])('suppressed %s', (_, comment, codes) => {
    const { findings } = lint({
      ...OPTIONS,
      severity: 'warning',
      texts: { access: `${comment}From:b.example\tREJECT # x\n` },
    });
    expect(findings.map(({ code }) => code)).toEqual(codes);
  });

  it('about relaying carries the question that proves it', () => {
    const { findings } = lint({ ...OPTIONS, severity: 'error', texts: { access: '', 'relay-domains': 'com\n' } });
    expect(findings).toMatchObject([
      { code: 'MM002', file: '/etc/mail/relay-domains', line: 1, witness: { answer: 'relayed' } },
    ]);
  });

  it('is one line for GitHub, whatever it holds', () => {
    const texts = { access: 'a%0A::error::x,b\tREJECT # 50%\n' };
    expect(lintGithub(lint({ ...OPTIONS, severity: 'error', texts }))).toMatch(/^::error [^\n]*50%25\n$/);
  });

  it('has a rule and a region in SARIF', () => {
    const log = JSON.parse(lintSarif(lint({ ...OPTIONS, severity: 'error', texts: { access } }), '1'));
    expect(log.runs[0].results[0]).toMatchObject({ ruleId: 'MM201', level: 'error' });
    expect(log.runs[0].tool.driver.rules[0]).toMatchObject({ id: 'MM201' });
  });
});

const corpus = process.env.MAILMAPS_CORPUS ?? '';

describe.skipIf(!existsSync(corpus))('real files', () => {
  const files = ['access', 'aliases', 'relay-domains', 'local-host-names'].flatMap((kind) =>
    (existsSync(corpus) ? readdirSync(join(corpus, kind)) : []).map((name) => [kind, name] as const),
  );
  it.each(files)('%s of %s can be looked at', (kind, name) => {
    const text = readFileSync(join(corpus, kind, name), 'utf8');
    expect(lint({ ...OPTIONS, texts: { [kind]: text } }).findings.every(({ line }) => line >= 1)).toBe(true);
  });
});

it('sees a map that is older than its text, and a text that anybody may write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailmaps-lint.'));
  try {
    for (const name of ['access', 'access.lmdb', 'aliases']) writeFileSync(join(folder, name), '');
    for (const name of ['access', 'aliases']) chmodSync(join(folder, name), 0o644);
    const codes = (): string[] =>
      lint({ directory: folder, hostName: 'mail.here.test', severity: 'warning', users: () => undefined })
        .findings.map(({ code }) => code)
        .filter((code) => code !== 'MM404');
    expect(codes()).toEqual([]);
    utimesSync(join(folder, 'access'), new Date(), new Date(Date.now() + 5000));
    chmodSync(join(folder, 'aliases'), 0o666);
    expect(codes().sort()).toEqual(['MM306', 'MM505']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
