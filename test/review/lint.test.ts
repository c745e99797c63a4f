/** Lint: each rule finds its bad example and not its good one; suppressions, severities and output forms. */
import { execFileSync } from 'node:child_process';
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CODE_NAMES, CODES, type Code } from '../../src/core/codes/codes.ts';
import type { Example } from '../../src/core/codes/page.ts';
import type { Problem } from '../../src/core/problem.ts';
import { buildDirectory } from '../../src/review/build/build.ts';
import { explain, lintGithub, lintSarif, lintText } from '../../src/review/lint/format.ts';
import { type LintOptions, lint } from '../../src/review/lint/lint.ts';
import { WARNED } from '../../src/review/lint/warned.ts';

const OPTIONS: LintOptions = { directory: '/etc/mail', severity: 'style', hostName: 'mail.here.test' };

/** Finds the codes of an example: in memory, or on disk if a command comes after the maps are made. */
async function codesIn(example: Example): Promise<Code[]> {
  const { files, features, restrictedShell, after } = example;
  const options = { ...OPTIONS, features: features as never, users: () => undefined };
  if (after !== undefined) return codesOnDisk(files, after, options);
  const texts = { 'relay-domains': '', 'local-host-names': '', aliases: '', access: '', ...files };
  const cf = 'sendmail.cf' in files ? { cf: '/etc/mail/sendmail.cf' } : {};
  const shell = restrictedShell === undefined ? {} : { restrictedShell };
  return lint({ ...options, ...cf, ...shell, texts }).findings.map(({ code }) => code);
}

async function codesOnDisk(files: Example['files'], after: string, options: LintOptions): Promise<Code[]> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-lint.'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o644 });
    for await (const _ of buildDirectory(directory, { dryRun: false, strict: false }));
    execFileSync('sh', ['-c', after], { cwd: directory });
    return lint({ ...options, directory }).findings.map(({ code }) => code);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe.each(CODE_NAMES.map((code) => [code, CODES[code]] as const))('%s', (code, { bad, good, title, why }) => {
  it(`finds: ${title}`, async () => expect(await codesIn(bad)).toContain(code));
  it('does not find its good example', async () =>
    expect(await codesIn(bad.after === undefined ? good : { after: ':', ...good })).not.toContain(code));
  it('says why in whole sentences', () => {
    expect(why).toMatch(/[.:]$/);
    expect(explain(code)).toContain(why);
  });
});

describe('a warning of makemap or newaliases', () => {
  const isOfProgram = (code: Code): boolean =>
    (WARNED as readonly Code[]).includes(code) &&
    Object.keys(CODES[code].bad.files).some((file) => /^(?:access|aliases)$/.test(file)) &&
    code < 'MM6';

  it.each(CODE_NAMES.filter(isOfProgram))('%s is given by the program that reads the file', async (code) => {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-lint.'));
    try {
      const problems: Problem[] = [];
      for (const [name, text] of Object.entries(CODES[code].bad.files)) writeFileSync(join(directory, name), text);
      for await (const built of buildDirectory(directory, { dryRun: true, strict: false }))
        problems.push(...built.problems);
      expect(problems.map((problem) => problem.code)).toContain(code);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a finding', () => {
  const access = 'From:ok.example\tOK\nFrom:bad.example\tREJECT # spam\n';

  it('has its place, and shows it', () => {
    const result = lint({ ...OPTIONS, severity: 'warning', texts: { access } });
    expect(lintText(result)).toContain(
      [
        '/etc/mail/access:2:18: error MM201 the comment is part of the value: mail is refused with the text "REJECT # spam"',
        '    2 | From:bad.example REJECT # spam',
        '      |                  ^^^^^^^^^^^^^',
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
    expect(lintGithub(lint({ ...OPTIONS, severity: 'error', texts }))).toMatch(/^::error [^\n]*50%25"\n$/);
  });

  it('has a rule and a region in SARIF', () => {
    const log = JSON.parse(lintSarif(lint({ ...OPTIONS, severity: 'error', texts: { access } }), '1'));
    expect(log.runs[0].results[0]).toMatchObject({ ruleId: 'MM201', level: 'error' });
    expect(log.runs[0].tool.driver.rules[0]).toMatchObject({ id: 'MM201' });
  });
});

const corpus = process.env.MAILMAPS_CORPUS ?? '';

/** Errors in real files, all of which were looked at and are true: words of Postfix, and a key without a value. */
const TRUE_ERRORS = ['MM202', 'MM301'];

describe.skipIf(!existsSync(corpus))('real files', () => {
  const KINDS = [
    'access',
    'aliases',
    'relay-domains',
    'local-host-names',
    'virtusertable',
    'mailertable',
    'domaintable',
  ];
  const files = KINDS.flatMap((kind) =>
    (existsSync(corpus) ? readdirSync(join(corpus, kind)) : []).map((name) => [kind, name] as const),
  );
  it.each(files)('%s of %s has no false error', (kind, name) => {
    const text = readFileSync(join(corpus, kind, name), 'utf8');
    const features = /table$/.test(kind) ? [kind as 'virtusertable'] : [];
    const { findings } = lint({ ...OPTIONS, features, texts: { [kind]: text } });
    expect(findings.every(({ line }) => line >= 1)).toBe(true);
    const errors = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    expect(errors.filter((code) => !TRUE_ERRORS.includes(code))).toEqual([]);
  });
});

describe('a directory', () => {
  const at = (name: string): string => join(directory, name);
  let directory = '';
  const codes = (): string[] =>
    lint({ directory, hostName: 'mail.here.test', severity: 'warning', users: () => undefined })
      .findings.map(({ code }) => code)
      .filter((code) => code !== 'MM404');

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-lint.'));
    writeFileSync(at('access'), 'From:a.example\tREJECT\n', { mode: 0o644 });
    writeFileSync(at('aliases'), 'root: alice@b.example\n"a b": bob@b.example\n', { mode: 0o644 });
    for await (const _ of buildDirectory(directory, { dryRun: false, strict: false }));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('whose maps say what its source files say has no findings, whatever their times', () => {
    utimesSync(at('access'), new Date(), new Date(Date.now() + 3_600_000));
    expect(codes()).toEqual([]);
  });

  it.each([
    ['an entry more', 'access', 'From:a.example\tREJECT\nFrom:b.example\tREJECT\n'],
    ['an entry less', 'access', ''],
    ['another value', 'access', 'From:a.example\tOK\n'],
    ['another alias', 'aliases', 'root: alice@b.example\n"a c": bob@b.example\n'],
  ])('whose map lacks %s is found', (_, name, text) => {
    writeFileSync(at(name), text);
    expect(codes()).toEqual(['MM306']);
  });

  it('whose map is damaged is found', () => {
    writeFileSync(at('access.lmdb'), 'no map');
    expect(codes()).toEqual(['MM306']);
  });

  it.each([
    ['anybody may write', 0o777, ['MM505']],
    ['its group may write', 0o770, ['MM505']],
    ['anybody may write, and nobody may exchange a file,', 0o1777, []],
  ])('that %s', (_, mode, found) => {
    chmodSync(directory, mode);
    expect(codes()).toEqual(found);
  });

  it('of which anybody may write a source file is found', () => {
    chmodSync(at('aliases'), 0o666);
    expect(codes()).toEqual(['MM505']);
  });
});
