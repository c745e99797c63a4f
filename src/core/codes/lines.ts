/**
 * Lines and characters that makemap refuses, or reads in another sense than they seem to have. Each code: severity, reason,
 * and an example that has it and one that does not.
 */
export const LINE_CODES = {
  MM301: {
    severity: 'error',
    title: 'a key has no value',
    why: 'makemap leaves the line out.',
    bad: { files: { access: 'From:a.example\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM302: {
    severity: 'error',
    title: 'a line begins with a blank',
    why: 'makemap leaves the line out. Postfix takes it for a continuation; makemap has none.',
    bad: { files: { access: ' From:a.example\tREJECT\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM303: {
    severity: 'warning',
    title: 'a key comes twice',
    why: 'The first entry stays in the map.',
    bad: { files: { access: 'From:a.example\tOK\nfrom:A.example\tREJECT\n' } },
    good: { files: { access: 'From:a.example\tOK\n' } },
  },
  MM304: {
    severity: 'warning',
    title: 'a line ends in a carriage return',
    why: 'The file was written on another system. The return stays in the value or the address.',
    bad: { files: { access: 'From:a.example\tREJECT\r\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM305: {
    severity: 'error',
    title: 'a line is too long, or has a NUL',
    why: 'A line has at most 1022 bytes; makemap leaves a longer one out.',
    bad: {
      files: {
        access:
          'From:a.example\txxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n',
      },
    },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM307: {
    severity: 'warning',
    title: 'the file looks like an aliases file',
    why: 'Aliases have a colon after their names, and newaliases compiles them.',
    bad: { files: { access: 'postmaster: root\nabuse: postmaster\nroot: alice\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM308: {
    severity: 'warning',
    title: 'an invisible character, or one that looks like a blank',
    why: 'A no-break space is part of a word; a byte order mark begins the first key.',
    bad: { files: { access: 'From:a.example\u00a0\tREJECT\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM309: {
    severity: 'warning',
    title: 'a full-width or typographic character in place of a plain one',
    why: 'A typographic quote quotes nothing, and a full-width letter is another letter.',
    bad: { files: { access: 'From:a\uff0ebexample\tREJECT\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM310: {
    severity: 'error',
    title: 'a source file is in UTF-16',
    why: 'sendmail reads each of its characters as two.',
    bad: {
      files: {
        access:
          'F\u0000r\u0000o\u0000m\u0000:\u0000a\u0000.\u0000e\u0000x\u0000a\u0000m\u0000p\u0000l\u0000e\u0000\t\u0000R\u0000E\u0000J\u0000E\u0000C\u0000T\u0000\n',
      },
    },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM311: {
    severity: 'error',
    title: 'a key of makemap --cidr is no network',
    why: 'makemap leaves the line out. A network is an address, a slash and the bits of its prefix; no bit after the prefix is set.',
    bad: { files: { access: '#makemap --cidr\nConnect:192.0.2.1/24\tREJECT\n' } },
    good: { files: { access: '#makemap --cidr\nConnect:192.0.2.0/24\tREJECT\n' } },
  },
  MM312: {
    severity: 'error',
    title: 'a network of makemap --cidr needs too many keys',
    why: 'makemap leaves the line out. sendmail looks up whole octets and groups, so a network between them is many keys.',
    bad: { files: { access: '#makemap --cidr\nConnect:IPv6:2001:db8::/33\tREJECT\n' } },
    good: { files: { access: '#makemap --cidr\nConnect:IPv6:2001:db8::/32\tREJECT\n' } },
  },
} as const;
