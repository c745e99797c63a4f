/**
 * The lock file -> dist/sbom.cdx.json: what a user gets with the package, in CycloneDX. npm makes the list; what only
 * development needs is left out here, since `--omit=dev` also leaves out what development needs too.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const { name, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const asked = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library'];
const bill = JSON.parse(execFileSync('npm', asked, { encoding: 'utf8', maxBuffer: 2 ** 26 }));

const needs = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
const root = bill.metadata.component['bom-ref'];
const isDirect = (ref) => Object.keys(dependencies).some((each) => ref.startsWith(`${each}@`));
const kept = new Set([root]);
const waiting = needs.get(root).filter(isDirect);
while (waiting.length > 0) {
  const ref = waiting.pop();
  if (kept.has(ref)) continue;
  kept.add(ref);
  waiting.push(...(needs.get(ref) ?? []));
}

// npm names the component after the directory
bill.metadata.component.name = name;
bill.components = bill.components.filter((component) => kept.has(component['bom-ref']));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) }));
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(bill, undefined, 2)}\n`);
