/** Tables and features. Each code: severity, reason, and an example that has it and one that does not. */
export const TABLE_CODES = {
  MM503: {
    severity: 'warning',
    title: 'an entry of virtusertable that no address meets, or a virtual domain without an entry',
    why: 'Only addresses of local hosts and of VIRTUSER_DOMAIN are looked up. Mail to a domain of VIRTUSER_DOMAIN without an entry goes back to its mail exchanger.',
    bad: {
      files: { virtusertable: 'info@shop.example\tbob\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
    good: {
      files: { virtusertable: 'info@here.test\tbob\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
  },
  MM504: {
    severity: 'error',
    title: 'entries of virtusertable lead in a circle',
    why: 'sendmail refuses mail to them.',
    bad: {
      files: {
        virtusertable: 'a@here.test\tb@here.test\nb@here.test\ta@here.test\n',
        'local-host-names': 'here.test\n',
      },
      features: ['virtusertable'],
    },
    good: {
      files: { virtusertable: 'a@here.test\tb@here.test\nb@here.test\tbob\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
  },
  MM507: {
    severity: 'error',
    title: 'a chain of virtusertable entries is too long',
    why: 'sendmail follows entries one after another until its limit of recursion, and then refuses the mail.',
    bad: {
      files: {
        virtusertable:
          'a0@here.test\ta1@here.test\na1@here.test\ta2@here.test\na2@here.test\ta3@here.test\na3@here.test\ta4@here.test\na4@here.test\ta5@here.test\na5@here.test\ta6@here.test\na6@here.test\ta7@here.test\na7@here.test\ta8@here.test\na8@here.test\ta9@here.test\na9@here.test\ta10@here.test\na10@here.test\ta11@here.test\na11@here.test\ta12@here.test\na12@here.test\ta13@here.test\na13@here.test\ta14@here.test\na14@here.test\ta15@here.test\na15@here.test\ta16@here.test\na16@here.test\ta17@here.test\na17@here.test\ta18@here.test\na18@here.test\ta19@here.test\na19@here.test\ta20@here.test\na20@here.test\ta21@here.test\na21@here.test\ta22@here.test\na22@here.test\ta23@here.test\na23@here.test\ta24@here.test\na24@here.test\ta25@here.test\na25@here.test\ta26@here.test\na26@here.test\ta27@here.test\na27@here.test\ta28@here.test\na28@here.test\ta29@here.test\na29@here.test\ta30@here.test\na30@here.test\ta31@here.test\na31@here.test\ta32@here.test\na32@here.test\ta33@here.test\na33@here.test\ta34@here.test\na34@here.test\ta35@here.test\na35@here.test\ta36@here.test\na36@here.test\ta37@here.test\na37@here.test\ta38@here.test\na38@here.test\ta39@here.test\na39@here.test\ta40@here.test\na40@here.test\ta41@here.test\na41@here.test\ta42@here.test\na42@here.test\ta43@here.test\na43@here.test\ta44@here.test\na44@here.test\ta45@here.test\na45@here.test\ta46@here.test\na46@here.test\ta47@here.test\na47@here.test\ta48@here.test\na48@here.test\ta49@here.test\na49@here.test\ta50@here.test\na50@here.test\ta51@here.test\na51@here.test\ta52@here.test\na52@here.test\ta53@here.test\na53@here.test\ta54@here.test\na54@here.test\ta55@here.test\na55@here.test\ta56@here.test\na56@here.test\ta57@here.test\na57@here.test\ta58@here.test\na58@here.test\ta59@here.test\na59@here.test\ta60@here.test\na60@here.test\tbob\n',
        'local-host-names': 'here.test\n',
      },
      features: ['virtusertable'],
    },
    good: {
      files: { virtusertable: 'a1@here.test\ta2@here.test\na2@here.test\tbob\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
  },
  MM508: {
    severity: 'warning',
    title: 'an entry of virtusertable leads to a name that is neither alias nor user',
    why: 'Mail to it bounces.',
    bad: {
      files: { virtusertable: 'info@here.test\tbbo\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
    good: {
      files: {
        virtusertable: 'info@here.test\tbob\n',
        aliases: 'bob: b@example.com\n',
        'local-host-names': 'here.test\n',
      },
      features: ['virtusertable'],
    },
  },
  MM510: {
    severity: 'warning',
    title: 'an entry of virtusertable or genericstable leads to no single address',
    why: 'A value is one address. Lists, programs and files are for aliases; commas and blanks become part of the address.',
    bad: {
      files: { virtusertable: 'info@here.test\tbob, dora\n', 'local-host-names': 'here.test\n' },
      features: ['virtusertable'],
    },
    good: {
      files: {
        virtusertable: 'info@here.test\tinfo\n',
        aliases: 'info: bob@example.com, dora@example.com\n',
        'local-host-names': 'here.test\n',
      },
      features: ['virtusertable'],
    },
  },
  MM607: {
    severity: 'warning',
    title: 'an entry of domaintable is not a host and its new name',
    why: 'A key is one host name as it stands: no wildcard, no domain of all hosts below it, no address.',
    bad: { files: { domaintable: '.old.test\tnew.test\n' }, features: ['domaintable'] },
    good: { files: { domaintable: 'old.test\tnew.test\n' }, features: ['domaintable'] },
  },
  MM608: {
    severity: 'warning',
    title: 'an entry of mailertable names no host',
    why: 'Behind the mailer stands a host, an address in brackets, or several with colons between them. A port is no part of it.',
    bad: { files: { mailertable: 'a.example\tesmtp:[192.0.2.1]:2525\n' }, features: ['mailertable'] },
    good: { files: { mailertable: 'a.example\tesmtp:[192.0.2.1]\n' }, features: ['mailertable'] },
  },
  MM601: {
    severity: 'error',
    title: 'an entry of mailertable names a mailer that does not exist',
    why: 'sendmail cannot deliver to the domain. The usual mailers are esmtp, smtp, relay and local.',
    bad: {
      files: { mailertable: 'a.example\tsmpt:[gate.example]\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
    good: {
      files: { mailertable: 'a.example\tsmtp:[gate.example]\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
  },
  MM602: {
    severity: 'warning',
    title: 'an entry of mailertable has no effect',
    why: 'A value is mailer:host. An entry without a mailer is ignored, and so is the entry of a domain that is delivered here.',
    bad: {
      files: { mailertable: 'a.example\tgate.example\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
    good: {
      files: { mailertable: 'a.example\tesmtp:gate.example\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
  },
  MM603: {
    severity: 'error',
    title: 'an entry of mailertable leads to this host',
    why: 'Mail comes back to where it was, until it has gone through too many hops.',
    bad: {
      files: { mailertable: 'a.example\tesmtp:[mail.here.test]\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
    good: {
      files: { mailertable: 'a.example\tesmtp:[gate.example]\n', 'local-host-names': 'here.test\n' },
      features: ['mailertable'],
    },
  },
  MM604: {
    severity: 'warning',
    title: 'an entry of genericstable that no address meets',
    why: 'Only addresses of this host and of GENERICS_DOMAIN are looked up.',
    bad: {
      files: { genericstable: 'bob@far.example\tbob@example.com\n', 'local-host-names': 'here.test\n' },
      features: ['genericstable'],
    },
    good: {
      files: { genericstable: 'bob\tbob@example.com\n', 'local-host-names': 'here.test\n' },
      features: ['genericstable'],
    },
  },
  MM605: {
    severity: 'warning',
    title: 'a DNS list refuses nobody',
    why: 'm4 drops its rule if its message has a comma.',
    bad: { files: { access: '' }, features: ['dnsbl:bl.example,"Rejected, see bl.example"'] },
    good: { files: { access: '' }, features: ['dnsbl:bl.example,"Rejected"'] },
  },
  MM606: {
    severity: 'info',
    title: 'an entry of genericstable gives no domain',
    why: 'Others see the name with the domain of this host, or of MASQUERADE_AS.',
    bad: { files: { genericstable: 'bob\trobert\n', 'local-host-names': 'here.test\n' }, features: ['genericstable'] },
    good: {
      files: { genericstable: 'bob\trobert@example.com\n', 'local-host-names': 'here.test\n' },
      features: ['genericstable'],
    },
  },
} as const;
