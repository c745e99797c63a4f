/**
 * Maps that differ from their source files, source files that others may write, and files that do not exist. Each code:
 * severity, reason, and an example that has it and one that does not.
 */
export const FILE_CODES = {
  MM306: {
    severity: 'warning',
    title: 'a map is not what its source file says, or is missing',
    why: 'The source file was changed and the map was not made again: the server answers from the old one.',
    bad: { files: { access: 'From:a.example\tREJECT\n' }, after: "echo 'From:b.example REJECT' >> access" },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM505: {
    severity: 'error',
    title: 'others may write a source file',
    why: 'Everybody who may write it decides who may relay and who gets which mail.',
    bad: { files: { access: 'From:a.example\tREJECT\n' }, after: 'chmod 666 access' },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
  },
  MM509: {
    severity: 'error',
    title: 'a file that the sendmail.cf needs does not exist',
    why: 'Without the file of an F line sendmail does not start. Without a map every lookup in it fails temporarily. -o makes a file optional.',
    bad: { files: { 'sendmail.cf': 'Fw/etc/mail/domains\n' } },
    good: { files: { 'sendmail.cf': 'Fw/etc/mail/domains\n', domains: 'example.com\n' } },
  },
} as const;
