/** A mailer -> the line that `=M` prints for it. */

import { shown } from '../../source/cf/symbols.ts';
import type { Mailer } from '../cf/mailer-line.ts';
import type { Configuration } from '../configuration.ts';

export function printMailer(number: number, mailer: Mailer, { rulesets, macros }: Configuration): string {
  const text = (value: string): string => shown(value, (id) => macros.name(id));
  const flags = [...mailer.flags].filter((flag) => flag <= '\x7f').sort();
  const types = mailer.types.map((type) => type ?? '<undefined>').join('/');
  const sets = (envelope: number, header: number): string => `${rulesets.name(envelope)}/${rulesets.name(header)}`;
  return (
    `mailer ${number} (${mailer.name}): P=${mailer.program}` +
    ` S=${sets(mailer.envelopeSender, mailer.headerSender)} R=${sets(mailer.envelopeRecipient, mailer.headerRecipient)}` +
    ` M=${mailer.maxSize} U=${mailer.uid}:${mailer.gid} F=${flags.join('')} L=${mailer.lineLimit}` +
    ` E=${text(mailer.endOfLine ?? '')}${mailer.charset === undefined ? '' : ` C=${mailer.charset}`}` +
    ` T=${types} r=${mailer.maxRecipients} A=${(mailer.args ?? []).map(text).join(' ')}\n`
  );
}
