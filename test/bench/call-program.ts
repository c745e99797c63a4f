/** `node call-program.mjs NAME JSON`: one measured call, its sample as JSON on standard output. See call.ts. */
import { measureExpand } from './calls/expand.ts';
import { holdMap, measureLookup } from './calls/lookup.ts';
import { measureOpening } from './calls/opening.ts';
import { measureRecipients } from './calls/recipients.ts';
import { measureTables } from './calls/route.ts';
import { measureOpenRules, measureRulesets } from './calls/rulesets.ts';
import { measureSteady } from './calls/steady.ts';

const CALLS: Readonly<Record<string, (args: never) => unknown>> = {
  expand: measureExpand,
  held: holdMap,
  lookup: measureLookup,
  opening: measureOpening,
  recipients: measureRecipients,
  rulesets: measureRulesets,
  openRules: measureOpenRules,
  steady: measureSteady,
  tables: measureTables,
};

const [name, json] = process.argv.slice(2);
console.log(JSON.stringify(await CALLS[name!]!(JSON.parse(json!) as never)));
