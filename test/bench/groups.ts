/** All groups of benchmarks, in the order in which they run. */
import type { Group } from './group.ts';
import { dbfiles } from './groups/dbfiles.ts';
import { dump } from './groups/dump.ts';
import { expand } from './groups/expand.ts';
import { fleet } from './groups/fleet.ts';
import { growth } from './groups/growth.ts';
import { growthCommands } from './groups/growth-commands.ts';
import { lookup } from './groups/lookup.ts';
import { makemap } from './groups/makemap.ts';
import { newaliases } from './groups/newaliases.ts';
import { opening } from './groups/opening.ts';
import { relay } from './groups/relay.ts';
import { review } from './groups/review.ts';
import { rules } from './groups/rules.ts';
import { serve } from './groups/serve.ts';
import { serveDelays } from './groups/serve-delays.ts';
import { start } from './groups/start.ts';
import { steady } from './groups/steady.ts';
import { tables } from './groups/tables.ts';

export const GROUPS: readonly Group[] = [
  start,
  makemap,
  newaliases,
  dump,
  dbfiles,
  lookup,
  opening,
  relay,
  rules,
  expand,
  tables,
  growth,
  growthCommands,
  fleet,
  review,
  serve,
  serveDelays,
  steady,
];
