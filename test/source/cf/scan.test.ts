/**
 * The settings of sendmail.cf that the map programs read: recorded answers of sendmail 8.17's makemap -C, with types
 * that its message shows.
 */
import { describe, expect, it } from 'vitest';
import { scanCf, typeOfMap } from '../../../src/source/cf/scan.ts';

describe('the type of a map, for makemap cf', () => {
  // biome-ignore format: one case per line
  it.each<[string, string, string | undefined]>([
    ['Kacc one /etc/mail/tab',              '/etc/mail/tab', 'one'],
    ['Kacc one /etc/mail/tab',              'tab',           undefined],
    ['K  acc  one  -o  tab   ',             'tab',           'one'],
    ['Kacc one -a. -o /a/b.c tab.x',        'tab.x',         'one'],
    ['Kacc one two\tthree',                 'three',         'one'],
    ['Kacc\tone tab',                       'tab',           'one'],
    ['Kacc one\ttab',                       'tab',           'one'],
    ['Kacc\tone\ttab',                      'tab',           undefined],
    ['Kacc\tone\ttab ',                     'tab',           undefined],
    ['Kacc one tab\r',                      'tab',           'one'],
    ['Kacc one tab # c',                    'c',             'one'],
    ['Kacc one',                            'one',           'one'],
    ['Kacc one caf\xc3\xa0',                'caf\xc3\xa0',    'one'],
    ['Kacc,one tab',                        'tab',           'one'],
    ['Kacc((one tab',                       'tab',           undefined],
    ['Kacc, one tab',                       'tab',           'one'],
    ['Kacc o-ne tab',                       'tab',           'o'],
    ['Ka/cc one tab',                       'tab',           'cc'],
    ['Ka.cc one tab',                       'tab',           'one'],
    ['K_acc one tab',                       'tab',           undefined],
    ['Kacc .one tab',                       'tab',           undefined],
    [' Kacc one tab',                       'tab',           undefined],
    ['Kacc one tab\n x',                    'tab',           'one'],
    ['Kacc one tab\nKb two tab',            'tab',           'one'],
  ])('%j, %s: %s', (cf, file, type) => {
    expect(typeOfMap(scanCf(cf), file, false)).toBe(type);
  });
});

describe('the type of a map, for makemap CF', () => {
  // biome-ignore format: one case per line
  it.each<[string, string, string | undefined]>([
    ['/etc/mail/abc.db',     'abc',       'one'],
    ['/etc/mail/abc',        'abc',       'one'],
    ['/etc/mail/abc.db',     '/x/abc.y',  'one'],
    ['/etc/mail/abc.x.db',   'abc',       undefined],
    ['/etc/mail/abc.x.db',   'abc.x',     undefined],
    ['/etc/mail/xabc',       'abc',       undefined],
    ['/etc/mail/mail.db',    'mail',      undefined],
    ['/etc/mail.x',          'mail',      'one'],
    ['/etc/mail/T',          'T',         'one'],
    ['/etc/mail/t',          't',         undefined],
    ['abc.x/c',              'abc',       'one'],
    ['ab/ab',                'ab',        undefined],
    ['hash:ab',              'ab',        undefined],
    ['x:/ab',                'ab',        'one'],
    ['.ab',                  '.ab',       undefined],
  ])('over %s, asked for %s: %s', (file, asked, type) => {
    expect(typeOfMap(scanCf(`Kacc one ${file}`), asked, true)).toBe(type);
  });
});
