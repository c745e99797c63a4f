/**
 * Maps that differ from their source files, and source files that others may write. Each code: severity, reason, and an
 * example that has it and one that does not.
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
} as const;
