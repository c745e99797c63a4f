/**
 * No regular expression in src/ takes more than linear time, whatever the input: each is analysed by recheck, which
 * builds an attack for one that does.
 *
 * @module-tag slow
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';
import { beforeAll, describe, expect, it } from 'vitest';

interface Expression {
  readonly where: string;
  readonly pattern: string;
  readonly flags: string;
}

interface Found {
  readonly literals: readonly Expression[];
  /** Places where an expression is made at run time, which nobody can analyse. */
  readonly made: readonly string[];
}

function expressionsIn(file: string, text: string): Found {
  const literals: Expression[] = [];
  const made: string[] = [];
  const where = (at: number): string => `${file}:${text.slice(0, at).split('\n').length}`;
  const visitor = new Visitor({
    Literal(node) {
      if ('regex' in node) literals.push({ where: where(node.start), ...node.regex });
    },
    NewExpression({ callee, start }) {
      if (isConstructor(callee)) made.push(where(start));
    },
    CallExpression({ callee, start }) {
      if (isConstructor(callee)) made.push(where(start));
    },
  });
  visitor.visit(parseSync(file, text).program);
  return { literals, made };
}

function isConstructor(callee: { readonly type: string; readonly name?: unknown }): boolean {
  return callee.type === 'Identifier' && callee.name === 'RegExp';
}

/** recheck counts steps and has its own seed: its clocks would judge a busy machine. */
const WITHOUT_CLOCKS = { timeout: null, seedingTimeout: null, incubationTimeout: null, attackTimeout: null } as const;

/** The answer of recheck: `safe`, or the complexity and the text that shows it. */
async function judge({ pattern, flags }: Expression): Promise<string> {
  const { check } = await import('recheck');
  const verdict = await check(pattern, flags, WITHOUT_CLOCKS);
  return verdict.status === 'vulnerable' ? `${verdict.complexity.summary}: ${verdict.attack.pattern}` : verdict.status;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const found = sources.map((name) => expressionsIn(`src/${name}`, readFileSync(`src/${name}`, 'utf8')));

beforeAll(() => {
  // its own JavaScript: no Java, no other process
  process.env.RECHECK_BACKEND = 'pure';
});

describe('regular expressions', () => {
  it.each(found.flatMap(({ literals }) => literals))('$where /$pattern/$flags is linear', async (expression) => {
    expect(await judge(expression)).toBe('safe');
  });

  it('are all literals', () => {
    expect(found.flatMap(({ made }) => made)).toEqual([]);
  });

  it.each([
    ['blanks at the end', 'const a = /\\s+$/;', /2nd degree/],
    ['nested repetition', 'const a = /^(a+)+$/;', /exponential/],
  ])('of the dangerous kind are seen: %s', async (_what, text, verdict) => {
    expect(await judge(expressionsIn('a.ts', text).literals[0]!)).toMatch(verdict);
  });

  it('made at run time are seen', () => {
    expect(expressionsIn('a.ts', "new RegExp(x);\nRegExp('a')").made).toEqual(['a.ts:1', 'a.ts:2']);
  });
});
