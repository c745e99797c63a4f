/** A tag of the access map that is not about relaying -> the ruleset of sendmail-cf that asks for it, and its arguments. */
import type { AccessTag } from '../access/decision.ts';
import type { ByteString } from '../core/bytes.ts';

type Asked = readonly [ruleset: string, parts: readonly ByteString[]];

/** The ruleset that looks for each setting, and its arguments. */
export const SETTING_RULESETS: Readonly<Record<AccessTag, (name: ByteString, address: ByteString) => Asked>> = {
  GreetPause: (name, address) => ['greet_pause', [name, address]],
  ClientRate: () => ['RateControl', ['dummy']],
  ClientConn: () => ['ConnControl', ['dummy']],
  SRV_Features: (name, address) => ['srv_features', [name, address]],
  CLT_Features: (name) => ['clt_features', [name]],
  Try_TLS: (name) => ['try_tls', [name]],
  TLS_Srv: () => ['tls_server', ['']],
  TLS_Clt: () => ['tls_client', ['', 'MAIL']],
  TLS_Rcpt: (name) => ['tls_rcpt', [name]],
  AuthInfo: (name) => ['authinfo', [name]],
  QGRP: (name) => ['queuegroup', [name]],
};
