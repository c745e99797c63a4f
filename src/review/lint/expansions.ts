/**
 * The expansions that rules need, each made once. An alias is expanded only if its members may have a fault: the text of most
 * aliases shows that they lead to users or other hosts in a step or two.
 */
import type { Configuration } from '../../config/configuration.ts';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import type { LintContext } from './context.ts';
import type { Place } from './finding.ts';

type Expansion = ReturnType<Configuration['expand']>;

/** Levels that the default of MaxAliasRecursion allows. */
const HARMLESS_DEPTH = 9;

export const plainName = (name: string): boolean => /^[\w.+-]+$/.test(name);

interface Known {
  readonly expansions: Map<ByteString, Expansion>;
  readonly depths: ReadonlyMap<ByteString, number>;
  /** The deepest nesting that works, when it is known. */
  deepest: number | undefined;
  /** Errors in lists, when they are known. */
  inLists: readonly ListError[] | undefined;
}

/** An error of an expansion in a line of a list. */
export interface ListError extends Place {
  readonly code: string;
  readonly text: string;
  readonly address: ByteString;
}

const KNOWN = new WeakMap<LintContext, Known>();

function knownOf(context: LintContext): Known {
  const known = KNOWN.get(context) ?? {
    expansions: new Map(),
    depths: depthsOf(context),
    deepest: undefined,
    inLists: undefined,
  };
  KNOWN.set(context, known);
  return known;
}

export function expansionOf(name: ByteString, context: LintContext): Expansion {
  const { expansions } = knownOf(context);
  const expansion = expansions.get(name) ?? context.configuration.expand(name);
  expansions.set(name, expansion);
  return expansion;
}

/** The errors in the lists of aliases and in .forward files, each once. */
export function listErrors(context: LintContext): readonly ListError[] {
  const known = knownOf(context);
  known.inLists ??= [...errorsInLists(context)];
  return known.inLists;
}

function* errorsInLists(context: LintContext): Iterable<ListError> {
  const lists = new Map(context.sources.filter(({ kind }) => kind === 'list').map((list) => [list.file, list]));
  const seen = new Set<string>();
  const included = context.aliases.filter(({ name, value }) => plainName(name) && value.includes(':include:'));
  const names = [...included.map(({ name }) => name), ...context.forwards.map(({ user }) => user)];
  for (const name of names) {
    for (const { code, text, address = '', file, line } of expansionOf(name, context).errors) {
      const place = `${file}:${line}:${address}`;
      const list = lists.get(file ?? '');
      if (list === undefined || line === undefined || seen.has(place)) continue;
      seen.add(place);
      const at = (list.lines[line - 1] ?? '').indexOf(address);
      yield { file: list.file, line, column: Math.max(at, 0) + 1, length: address.length, code, text, address };
    }
  }
}

/** The kind of loop behind a name: a circle, or too many levels. */
export function loopOf(name: ByteString, context: LintContext): 'circle' | 'depth' | undefined {
  const known = knownOf(context);
  const depth = known.depths.get(foldCase(name)) ?? 0;
  if (!plainName(name) || depth <= HARMLESS_DEPTH) return undefined;
  if (depth !== Number.POSITIVE_INFINITY) {
    known.deepest ??= deepestOf(known.depths, context);
    return depth > known.deepest ? 'depth' : undefined;
  }
  const path = loopPath(name, context)?.map(foldCase);
  if (path === undefined) return undefined;
  return new Set(path).size < path.length || path.length <= HARMLESS_DEPTH ? 'circle' : 'depth';
}

function loopPath(name: ByteString, context: LintContext): readonly ByteString[] | undefined {
  return expansionOf(name, context).errors.find(({ code }) => code === 'loop')?.path;
}

/** The deepest nesting that MaxAliasRecursion allows, found by asking: there is an alias of every depth below the deepest. */
function deepestOf(depths: Known['depths'], context: LintContext): number {
  const ofDepth = new Map([...depths].map(([name, depth]) => [depth, name]));
  for (let depth = HARMLESS_DEPTH + 1; ; depth++) {
    const name = ofDepth.get(depth);
    if (name === undefined) return Number.POSITIVE_INFINITY;
    if (loopPath(name, context) !== undefined) return depth - 1;
  }
}

/** Whether a member of an alias is a name, perhaps with a local host, that is neither alias nor user. */
export function isUnknown(member: ByteString, context: LintContext): boolean {
  const [name = '', host, ...more] = member.split('@');
  if (!plainName(name) || more.length > 0 || knownOf(context).depths.has(foldCase(name))) return false;
  if (host !== undefined && (!plainName(host) || !context.configuration.isLocal(host))) return false;
  return context.configuration.answerVrfy(member, [])[0]?.startsWith('550') === true;
}

export function membersOf(value: ByteString): readonly ByteString[] {
  return value.split(',').flatMap((member) => member.trim() || []);
}

/** For each alias, the depth of the aliases behind it; infinite in a circle, and if the text does not show it. */
function depthsOf({ aliases, configuration }: LintContext): ReadonlyMap<ByteString, number> {
  // if a name occurs twice, the last entry counts
  const members = new Map(aliases.map(({ name, value }) => [foldCase(name), membersOf(value)] as const));
  const depths = new Map<ByteString, number>();
  const isElsewhere = (member: ByteString): boolean => {
    const at = member.lastIndexOf('@');
    return (
      at > 0 &&
      plainName(member.slice(0, at)) &&
      plainName(member.slice(at + 1)) &&
      !configuration.isLocal(member.slice(at + 1))
    );
  };
  for (const start of members.keys()) {
    // not recursive: a chain may be longer than the stack of calls
    const stack: ByteString[] = [start];
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      if (depths.has(name) && depths.get(name) !== Number.POSITIVE_INFINITY) {
        stack.pop();
        continue;
      }
      const inside = members
        .get(name)!
        .map(foldCase)
        .filter((member) => !isElsewhere(member));
      const known = inside.filter((member) => members.has(member));
      const isNew = !depths.has(name);
      depths.set(name, Number.POSITIVE_INFINITY);
      const missing = isNew ? known.filter((member) => !depths.has(member)) : [];
      if (missing.length > 0) {
        for (const member of missing) stack.push(member);
        continue;
      }
      stack.pop();
      const isPlain = inside.every((member) => plainName(member) && !member.includes('+'));
      if (isPlain) depths.set(name, 1 + known.reduce((deepest, member) => Math.max(deepest, depths.get(member)!), 0));
    }
  }
  return depths;
}
