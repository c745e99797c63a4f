/**
 * The questions of a mail server to one configuration: checkRelay, checkMail, checkRcpt, checkCompat, accessSetting.
 *
 * Pure. Keeps no state between questions, so a change of the configuration counts at once.
 */

import { ownBestMx } from '../address/best-mx.ts';
import type { AddressRules } from '../address/canonify.ts';
import { isLocalHost } from '../address/parse0.ts';
import { type CanonAddress, isProblem, readAddress } from '../address/parts.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Facts } from '../core/facts.ts';
import type { Client, Session } from '../core/session.ts';
import { checkCompat } from './check-compat.ts';
import { CheckContext, type CheckSettings } from './check-context.ts';
import { checkSender } from './check-mail.ts';
import { checkRecipient } from './check-rcpt.ts';
import { checkConnect } from './check-relay.ts';
import type { AccessTag, Decision, Peer, Setting } from './decision.ts';
import { findSetting } from './setting.ts';
import { checkSyntax, DIRECT_TARGET } from './syntax.ts';
import { cannotTell, decide, LOCAL_RECIPIENT, pass, type Verdict } from './verdict.ts';

/** The questions. All throw MapError `badInput` for client fields that cannot be valid. */
export interface Checks {
  checkRelay(client: Client, facts?: Facts): Decision;
  checkMail(sender: ByteString, session: Session, facts?: Facts): Decision;
  checkRcpt(recipient: ByteString, session: Session, facts?: Facts): Decision;
  checkCompat(sender: ByteString, recipient: ByteString): Decision;
  accessSetting(tag: AccessTag, peer: Peer): Setting;
}

/** Binds the questions to a configuration. */
export function createChecks(settings: CheckSettings): Checks {
  const delayed = settings.features.hasFamily('delay_checks');
  return {
    checkRelay(client, facts) {
      const context = new CheckContext(settings, { client }, facts);
      return decide('relay', delayed ? pass('delay_checks') : checkConnect(context), context.search.trace);
    },
    checkMail(sender, session, facts) {
      const context = new CheckContext(settings, { ...session, sender }, facts);
      const { refused } = checkSyntax(sender, context.rules, 'MAIL', context.search.trace);
      if (refused !== undefined) return decide('mail', refused, context.search.trace);
      const verdict = delayed ? pass('delay_checks') : checkSender(context, sender);
      return decide('mail', orComplaint(context, verdict), context.search.trace);
    },
    checkRcpt(recipient, session, facts) {
      const context = new CheckContext(settings, session, facts);
      const { refused, read } = checkSyntax(recipient, context.rules, 'RCPT', context.search.trace);
      const atOnce = refused !== undefined && refused.because.rule !== DIRECT_TARGET;
      const address = read ?? readAddress(`<${recipient}>`, context.rules);
      const ruled = atOnce ? refused : checkRecipient(context, address);
      // A message that is dropped or held is refused for a program or file, too.
      const isRefused = ruled.kind === 'error' || ruled.kind === 'reply';
      const verdict = refused !== undefined && !isRefused ? refused : ruled;
      const accepted = (): 'local' | 'relay' => (isDeliveredHere(address, context.rules) ? 'local' : 'relay');
      return decide('rcpt', unlessInDoubt(context, orComplaint(context, verdict)), context.search.trace, accepted);
    },
    checkCompat(sender, recipient) {
      const context = new CheckContext(settings, { client: { address: '' } });
      return checkCompat(context, sender, recipient, settings.features.has('compat_check'));
    },
    accessSetting: (tag, peer) => findSetting(settings, tag, peer),
  };
}

/**
 * If the rules of the sendmail.cf or the canonical name of a host are not known, only mail for local recipients is
 * accepted.
 */
function unlessInDoubt(context: CheckContext, verdict: Verdict): Verdict {
  const rule = context.settings.relayDoubt === undefined ? 'canonify' : 'sendmail.cf';
  const doubt = context.settings.relayDoubt ?? (context.unnamed && `${context.unnamed} was not looked up`);
  if (doubt === undefined || verdict.kind !== 'pass' || verdict.because.rule === LOCAL_RECIPIENT) return verdict;
  context.search.note(rule, doubt);
  return cannotTell({ rule });
}

/** True if mail to an address stays on this host, whichever rule accepts it. */
function isDeliveredHere({ address }: CanonAddress, rules: AddressRules): boolean {
  if (isProblem(address)) return false;
  const { host } = address;
  if (host === undefined || host.length === 0 || isLocalHost(host, rules)) return true;
  return rules.routing !== undefined && ownBestMx(host, { rules, routing: rules.routing, problems: [] }) !== undefined;
}

/**
 * A value with unbalanced brackets or quotes makes sendmail refuse the MAIL or RCPT command, whatever the rules
 * decide.
 */
function orComplaint(context: CheckContext, verdict: Verdict): Verdict {
  const { complaint } = context.search;
  if (complaint === undefined) return verdict;
  const text = complaint.replace(/[\r\n\0]+/g, ' ');
  const reply = { code: 553, enhanced: '5.0.0', text, prefixed: false };
  return { kind: 'reply', reply, because: { rule: 'unbalanced value' } };
}
