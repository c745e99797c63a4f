/** Words of class files. Each code: severity, reason, and an example that has it and one that does not. */
export const CLASS_CODES = {
  MM010: {
    severity: 'info',
    title: 'local-host-names has no names below a name',
    why: 'A word of local-host-names stands for one host. Unlike in relay-domains, names below it are not local.',
    bad: { files: { 'local-host-names': 'a.example\n', access: 'To:info@mail.a.example\tREJECT\n' } },
    good: { files: { 'local-host-names': 'a.example\nmail.a.example\n', access: 'To:info@mail.a.example\tREJECT\n' } },
  },
  MM501: {
    severity: 'warning',
    title: 'only the first word of a line counts',
    why: 'sendmail reads one word a line, unless the F line of the sendmail.cf has another format.',
    bad: { files: { 'relay-domains': 'a.example b.example\n' } },
    good: { files: { 'relay-domains': 'a.example\nb.example\n' } },
  },
  MM502: {
    severity: 'warning',
    title: 'a word of a class is no name or network',
    why: 'Words are compared as written: no wildcard, no @, no slash, no URL, no final dot.',
    bad: { files: { 'relay-domains': '*.example.com\n' } },
    good: { files: { 'relay-domains': 'example.com\n' } },
  },
} as const;
