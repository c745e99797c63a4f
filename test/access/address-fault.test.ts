/** Decisions and routes give the fault of a refused address in `because.fault`. */
import { expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';

const maps = openMailMaps({
  hostName: 'mail.here.example',
  texts: { mailertable: 'shut.example error:5.7.0:550 shut\n' },
});
const session = { client: { address: '192.0.2.7', name: 'mx.far.example' } };

// biome-ignore format: one case per line
it.each([
  ['a\udc90@far.example',        'eightBit'],
  [`${'x'.repeat(300)}@far.example`, 'tokens'],
  [`${'x.'.repeat(150)}x@far.example`, 'tooLong'],
  ['a@far..example',            'illegal'],
  ['a@shut.example',            'refused'],
  ['a@far.example',             undefined],
])('%s', (recipient, fault) => {
  expect(maps.checkRcpt(recipient, session).because.fault).toBe(fault);
  expect(maps.route(recipient).because.fault).toBe(fault);
});
