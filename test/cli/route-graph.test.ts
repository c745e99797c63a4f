/** mailmaps route, rewrite and expand: the tables, their entries and the facts that are missing, as a tree and as a picture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { makeMap } from '../../src/index.ts';
import { runProgram } from './run-program.ts';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-graph.'));
  writeFileSync(join(directory, 'local-host-names'), 'local.example\n');
  writeFileSync(join(directory, 'generics-domains'), 'local.example\n');
  const texts = {
    domaintable: 'short.example\tfar.example\n',
    mailertable: '# ways\nfar.example\tesmtp:[gate]\n',
    genericstable: 'alice\tAlice.A@out.example\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(directory, name), text);
    await makeMap([Buffer.from(text)], join(directory, name));
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

async function run(line: string): Promise<string[]> {
  const { stdout } = await runProgram(main, [...line.split(' '), '-d', directory, '--host-name', 'mx.example']);
  return stdout.replaceAll(`${directory}/`, '').split('\n');
}

const REWRITE = 'rewrite alice@local.example --where header --role sender';

it.each<[line: string, has: readonly string[]]>([
  [
    'route x@short.example',
    [
      'because of mailertable: far.example esmtp:[gate], mailertable:2',
      '    far.example in class w?   no',
      '  domaintable: short.example   far.example, domaintable:1',
      '    mailertable: far.example   esmtp:[gate], mailertable:2',
    ],
  ],
  ['route x@short.example --feature canonify', ['    canonify: far.example   not asked']],
  [
    'route x@short.example --feature canonify --graph dot',
    [
      '  n0 -> n1 [label="domaintable: short.example, domaintable:1"];',
      '  n1 -> n2 [label="canonify: far.example" style=dashed];',
      '  n1 -> n3 [label="mailertable: far.example, mailertable:2"];',
      '  n3 -> n4 [label="mailertable"];',
    ],
  ],
  [
    'route x@short.example --feature canonify --graph mermaid',
    ['  n1 -.->|"canonify: far.example"| n2', '  n1 -->|"mailertable: far.example, mailertable:2"| n3'],
  ],
  [
    'route x@local.example',
    ['because of class w, local-host-names:1', '  local.example in class w?   yes, local-host-names:1'],
  ],
  [
    'route x@local.example --graph dot',
    ['  n0 -> n1 [label="local.example in class w, local-host-names:1\\nclass w"];'],
  ],
  [
    'route x@local.example --graph mermaid',
    ['  n0 -->|"local.example in class w, local-host-names:1<br/>class w"| n1'],
  ],
  [
    REWRITE,
    [
      '  local.example in GENERICS_DOMAIN?   yes, generics-domains:1',
      '  genericstable: alice   Alice.A@out.example, genericstable:1',
    ],
  ],
  [
    `${REWRITE} --graph dot`,
    [
      '  n0 -> n1 [label="local.example in GENERICS_DOMAIN, generics-domains:1\\ngenericstable: alice, genericstable:1"];',
      '  n2 [label="Alice.A@out.example"];',
    ],
  ],
  [
    'rewrite bob@local.example --where header --role sender --feature MASQUERADE_AS:out.example --graph dot',
    [
      '  n0 -> n1 [label="local.example in GENERICS_DOMAIN, generics-domains:1\\nlocal.example in class w, local-host-names:1\\nMASQUERADE_AS"];',
      '  n1 [label="bob@out.example"];',
    ],
  ],
  [
    'expand x@short.example --feature canonify',
    [
      'x@short.example',
      '    domaintable: short.example   far.example, domaintable:1',
      '      canonify: far.example   not asked',
      '      mailertable: far.example   esmtp:[gate], mailertable:2',
    ],
  ],
  [
    'expand x@short.example --feature canonify --graph dot',
    [
      '  n0 -> t0_0 [label="domaintable: short.example, domaintable:1"];',
      '  t0_0 -> t0_1 [label="canonify: far.example" style=dashed];',
      '  t0_0 -> t0_2 [label="mailertable: far.example, mailertable:2"];',
    ],
  ],
  [
    'expand x@short.example --feature canonify --graph mermaid',
    ['  t0_0 -.->|"canonify: far.example"| t0_1', '  t0_0 -->|"mailertable: far.example, mailertable:2"| t0_2'],
  ],
])('%s', async (line, has) => {
  expect(await run(line)).toEqual(expect.arrayContaining([...has]));
});
