/** Lines of a sendmail.cf, and suppressions. Each code: severity, reason, and an example that has it and one that does not. */
export const CONFIGURATION_CODES = {
  MM701: {
    severity: 'error',
    title: 'sendmail refuses a line of its sendmail.cf',
    why: 'It does not start.',
    bad: { files: { 'sendmail.cf': 'Kaccess\n' } },
    good: { files: { 'sendmail.cf': 'Kaccess hash /etc/mail/access\n' } },
  },
  MM702: {
    severity: 'warning',
    title: 'a line of a sendmail.cf has no effect here',
    why: 'It is ignored, so answers may differ from those of the server.',
    bad: { files: { 'sendmail.cf': 'FR|/usr/local/bin/names\n' } },
    good: { files: { 'sendmail.cf': 'FR-o /etc/mail/relay-domains\n' } },
  },
  MM703: {
    severity: 'info',
    title: 'a feature, rule or map of a sendmail.cf is not followed',
    why: 'Answers that depend on it may differ from those of the server.',
    bad: { files: { 'sendmail.cf': 'Kaccess ldap -k x\n' } },
    good: { files: { 'sendmail.cf': 'Kaccess hash -o /etc/mail/access\n' } },
  },
  MM704: {
    severity: 'warning',
    title: 'a PrivacyOption does not exist',
    why: 'sendmail ignores it, so what it should forbid is allowed.',
    bad: { files: { 'sendmail.cf': 'O PrivacyOptions=authwarning\n' } },
    good: { files: { 'sendmail.cf': 'O PrivacyOptions=authwarnings\n' } },
  },
  MM901: {
    severity: 'warning',
    title: 'a suppression suppresses nothing, or has no reason',
    why: 'It hides nothing now, and may hide a later fault.',
    bad: { files: { access: '# mailmaps: allow MM201 the text is meant\nFrom:a.example\tREJECT\n' } },
    good: { files: { access: '# mailmaps: allow MM201 the text is meant\nFrom:a.example\tREJECT # gone\n' } },
  },
} as const;
