/**
 * Access values with another meaning than they seem to have. Each code: severity, reason, and an example that has it and one
 * that does not.
 */
export const VALUE_CODES = {
  MM201: {
    severity: 'error',
    title: 'a comment after a value is part of it',
    why: 'Only a line that begins with # is a comment. REJECT # spam is a text, and mail is refused with it.',
    bad: { files: { access: 'From:bad.example\tREJECT # spam\n' } },
    good: { files: { access: '# spam\nFrom:bad.example\tREJECT\n' } },
  },
  MM202: {
    severity: 'error',
    title: 'the value is no word that sendmail knows',
    why: 'Any other text refuses mail with that text.',
    bad: { files: { access: 'From:q.example\tDUNNO\n' } },
    good: { files: { access: 'From:q.example\tOK\n' } },
  },
  MM203: {
    severity: 'warning',
    title: 'To: OK does not relay',
    why: 'OK lifts a REJECT of a domain above; it does not let mail through to another host. RELAY does.',
    bad: { files: { access: 'To:z.example\tOK\n' } },
    good: { files: { access: 'To:example\tREJECT\nTo:z.example\tOK\n' } },
  },
  MM204: {
    severity: 'info',
    title: 'Connect: OK does not relay',
    why: 'The client may connect, and send to local users. RELAY lets it send anywhere.',
    bad: { files: { access: 'Connect:192.0.2.7\tOK\n' } },
    good: { files: { access: 'Connect:192.0.2.7\tRELAY\n' } },
  },
  MM205: {
    severity: 'warning',
    title: 'an ERROR has no reply code',
    why: 'A text that does not begin with three digits is sent as 553 5.3.0.',
    bad: { files: { access: 'From:a.example\tERROR:go away\n' } },
    good: { files: { access: 'From:a.example\tERROR:5.7.1:"550 go away"\n' } },
  },
  MM206: {
    severity: 'warning',
    title: 'the reply code is of another class than the status, or refuses nothing',
    why: '2yz accepts, 4yz means "try again" and 5yz "never"; a client obeys the code.',
    bad: { files: { access: 'From:a.example\tERROR:4.7.1:"550 later"\n' } },
    good: { files: { access: 'From:a.example\tERROR:4.7.1:"450 later"\n' } },
  },
  MM207: {
    severity: 'warning',
    title: 'an unquoted text loses its blanks',
    why: 'Words are joined again without blanks around operators, and with one elsewhere.',
    bad: { files: { access: 'From:a.example\tERROR:5.7.1:550 mail  to info @ example.com\n' } },
    good: { files: { access: 'From:a.example\tERROR:5.7.1:"550 mail  to info @ example.com"\n' } },
  },
  MM208: {
    severity: 'warning',
    title: 'the value does not balance',
    why: 'A quote, bracket or parenthesis without its partner spoils the reply.',
    bad: { files: { access: 'From:a.example\tERROR:5.7.1:"550 a\n' } },
    good: { files: { access: 'From:a.example\tERROR:5.7.1:"550 a"\n' } },
  },
  MM209: {
    severity: 'warning',
    title: 'SKIP needs a feature that is off',
    why: 'Without access_db:skip it is a text, and mail is refused with it.',
    bad: { files: { access: 'From:a.example\tSKIP\n' } },
    good: { files: { access: 'From:a.example\tSKIP\n' }, features: ['access_db:skip'] },
  },
  MM210: {
    severity: 'info',
    title: '421 ends the connection',
    why: 'A client that gets 421 when it connects is disconnected.',
    bad: { files: { access: 'Connect:192.0.2.7\tERROR:4.7.0:"421 bye"\n' } },
    good: { files: { access: 'Connect:192.0.2.7\tERROR:5.7.1:"554 bye"\n' } },
  },
  MM211: {
    severity: 'info',
    title: 'DISCARD loses mail without a word',
    why: 'Neither the sender nor the recipient is notified. QUARANTINE keeps the message.',
    bad: { files: { access: 'From:a.example\tDISCARD\n' } },
    good: { files: { access: 'From:a.example\tQUARANTINE:look at it\n' } },
  },
  MM212: {
    severity: 'warning',
    title: 'From: OK lets refused clients in',
    why: 'With delay_checks the sender is checked first, and anybody may claim to be a sender.',
    bad: { files: { access: 'From:a.example\tOK\nConnect:192.0.2\tREJECT\n' }, features: ['delay_checks'] },
    good: { files: { access: 'From:a.example\tOK\nConnect:192.0.2\tREJECT\n' } },
  },
  MM214: {
    severity: 'warning',
    title: 'the tag does not know the value',
    why: 'Spam: knows FRIEND and HATER, Try_TLS: knows NO, and GreetPause:, ClientRate: and ClientConn: take a number.',
    bad: { files: { access: 'Spam:bob@\tOK\n' }, features: ['delay_checks:friend'] },
    good: { files: { access: 'Spam:bob@\tFRIEND\n' }, features: ['delay_checks:friend'] },
  },
  MM213: {
    severity: 'warning',
    title: 'a queue group does not exist',
    why: 'The sendmail.cf has no Q line with this name.',
    bad: {
      files: {
        'sendmail.cf': 'Kaccess hash /etc/mail/access\nQslow, P=/var/spool/mqueue/slow\n',
        access: 'QGRP:a.example\tslwo\n',
      },
    },
    good: {
      files: {
        'sendmail.cf': 'Kaccess hash /etc/mail/access\nQslow, P=/var/spool/mqueue/slow\n',
        access: 'QGRP:a.example\tslow\n',
      },
    },
  },
} as const;
