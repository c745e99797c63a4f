/**
 * Aliases that lead nowhere, or to other recipients than they seem to. Each code: severity, reason, and an example that has it
 * and one that does not.
 */
export const ALIAS_CODES = {
  MM401: {
    severity: 'error',
    title: 'aliases lead to each other, and to nobody',
    why: 'Mail to them bounces. newaliases does not notice.',
    bad: { files: { aliases: 'first: second\nsecond: first\n' } },
    good: { files: { aliases: 'first: second\nsecond: bob@example.com\n' } },
  },
  MM402: {
    severity: 'warning',
    title: 'aliases are nested too deep',
    why: 'sendmail stops at MaxAliasRecursion levels, 10 unless it is set.',
    bad: {
      files: {
        aliases:
          'a1: a2\na2: a3\na3: a4\na4: a5\na5: a6\na6: a7\na7: a8\na8: a9\na9: a10\na10: a11\na11: a12\na12: a13\na13: bob@example.com\n',
      },
    },
    good: { files: { aliases: 'a: b\nb: bob@example.com\n' } },
  },
  MM403: {
    severity: 'warning',
    title: 'an alias leads to a name that is neither alias nor user',
    why: 'Mail to it bounces for that name.',
    bad: { files: { aliases: 'support: supprot\n' } },
    good: { files: { aliases: 'support: bob@example.com\n' } },
  },
  MM404: {
    severity: 'warning',
    title: 'a name that every host should answer for is missing',
    why: 'RFC 5321 asks for postmaster; RFC 2142 for abuse; programs send to root and mailer-daemon.',
    bad: { files: { aliases: 'abuse: bob@example.com\n' } },
    good: {
      files: {
        aliases: 'postmaster: bob@example.com\nabuse: postmaster\nmailer-daemon: postmaster\nroot: postmaster\n',
      },
    },
  },
  MM405: {
    severity: 'warning',
    title: 'nobody gets mail to a role',
    why: 'Mail to root, postmaster and abuse is thrown away or bounces, and nobody reads what strangers and programs report.',
    bad: { files: { aliases: 'abuse: /dev/null\n' } },
    good: { files: { aliases: 'abuse: bob@example.com\n' } },
  },
  MM406: {
    severity: 'error',
    title: 'a comment inside an entry cuts it',
    why: 'A line that begins with # ends the entry. An indented line after it continues the comment, and is lost.',
    bad: { files: { aliases: 'team: bob@example.com,\n# on leave\n\tdora@example.com\n' } },
    good: { files: { aliases: 'team: bob@example.com,\n\tdora@example.com\n' } },
  },
  MM407: {
    severity: 'error',
    title: 'an indented line after a comment is a comment too',
    why: 'A line that begins with a blank continues the line before it, also a comment.',
    bad: { files: { aliases: '# sales\n  sales: bob@example.com\n' } },
    good: { files: { aliases: '# sales\nsales: bob@example.com\n' } },
  },
  MM408: {
    severity: 'warning',
    title: 'a comment after a value is an address',
    why: 'Only a line that begins with # is a comment.',
    bad: { files: { aliases: 'sales: bob@example.com # since May\n' } },
    good: { files: { aliases: '# since May\nsales: bob@example.com\n' } },
  },
  MM409: {
    severity: 'error',
    title: 'a program with blanks has no quotes',
    why: 'Outside quotes a blank becomes a dot.',
    bad: { files: { aliases: 'tickets: |/bin/cat -n\n' } },
    good: { files: { aliases: 'tickets: "|/bin/cat -n"\n' } },
  },
  MM410: {
    severity: 'warning',
    title: 'names without a comma between them are one name',
    why: 'sendmail joins the words with a dot.',
    bad: { files: { aliases: 'team: bob carol\n' } },
    good: { files: { aliases: 'team: bob@example.com, carol@example.com\n' } },
  },
  MM411: {
    severity: 'error',
    title: 'an alias is not local',
    why: 'newaliases refuses it. An address of another host belongs in virtusertable.',
    bad: { files: { aliases: 'info@x.example: bob@example.com\n' } },
    good: { files: { aliases: 'info: bob@example.com\n' } },
  },
  MM412: {
    severity: 'warning',
    title: 'a list cannot be read',
    why: 'Mail to it waits or bounces. A list is an absolute path to a file that only its owner may write.',
    bad: { files: { aliases: 'staff: :include:/etc/mail/lists/none\n' } },
    good: { files: { aliases: 'staff: bob@example.com, alice@example.com\n' } },
  },
  MM413: {
    severity: 'info',
    title: 'a list has no owner',
    why: 'Bounces go to the sender of the message, not to the keeper of the list.',
    bad: { files: { aliases: 'staff: :include:/etc/mail/lists/staff\n' } },
    good: { files: { aliases: 'staff: :include:/etc/mail/lists/staff\nowner-staff: bob@example.com\n' } },
  },
  MM414: {
    severity: 'warning',
    title: 'an owner has no list',
    why: 'Nothing uses it.',
    bad: { files: { aliases: 'owner-stuff: bob@example.com\n' } },
    good: { files: { aliases: 'stuff: bob@example.com, dora@example.com\nowner-stuff: bob@example.com\n' } },
  },
  MM415: {
    severity: 'warning',
    title: 'a program that the restricted shell does not run',
    why: 'smrsh runs only the programs of its directory; mail to others bounces.',
    bad: { files: { aliases: 'tickets: "|/opt/rt/mailgate"\n' }, restrictedShell: '/usr/lib/sm.bin' },
    good: { files: { aliases: 'tickets: "|/opt/rt/mailgate"\n' } },
  },
  MM416: {
    severity: 'warning',
    title: 'a name comes twice',
    why: 'The last entry stays in the map; the earlier ones are lost.',
    bad: { files: { aliases: 'a: bob@example.com\nA: dora@example.com\n' } },
    good: { files: { aliases: 'a: bob@example.com, dora@example.com\n' } },
  },
  MM417: {
    severity: 'info',
    title: 'decode is an alias',
    why: 'It once unpacked files that anybody sent.',
    bad: { files: { aliases: 'decode: bob@example.com\n' } },
    good: { files: { aliases: 'bob2: bob@example.com\n' } },
  },
  MM418: {
    severity: 'warning',
    title: 'a directive of another mail server is a user here',
    why: 'sendmail knows :include: and no other word in colons.',
    bad: { files: { aliases: 'old: :fail: gone\n' } },
    good: { files: { aliases: 'old: bob@example.com\n' } },
  },
  MM419: {
    severity: 'warning',
    title: 'an entry swallows the next line',
    why: 'An indented line continues the one before, also when it looks like an alias.',
    bad: { files: { aliases: 'a: bob@example.com\n  b: dora@example.com\n' } },
    good: { files: { aliases: 'a: bob@example.com\nb: dora@example.com\n' } },
  },
  MM420: {
    severity: 'warning',
    title: 'a name has a colon in quotes or behind a backslash',
    why: 'The first colon ends the name, even in quotes; the rest is the value.',
    bad: { files: { aliases: '"a:b": bob@example.com\n' } },
    good: { files: { aliases: 'a-b: bob@example.com\n' } },
  },
  MM421: {
    severity: 'error',
    title: 'newaliases does not take a line',
    why: 'The entry is left out, or one of its addresses is invalid.',
    bad: { files: { aliases: 'root alice\n' } },
    good: { files: { aliases: 'root: alice\n' } },
  },
  MM422: {
    severity: 'warning',
    title: 'text of an aliases file is lost',
    why: 'newaliases skips text after a NUL, and a second indented line that belongs to no entry, without a message.',
    bad: { files: { aliases: 'two: bob\u0000, alice\n' } },
    good: { files: { aliases: 'two: bob, alice\n' } },
  },
} as const;
