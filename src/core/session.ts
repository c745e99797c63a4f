/**
 * An SMTP client and its session, as the caller describes them: text at the public face, byte strings below it.
 */

/** The host that connected. */
export interface Client {
  /**
   * `192.0.2.7`, `2001:db8::5` (with or without `%eth0`) or `IPv6:...`; `'local'` for mail that this host submits
   * itself, which may be sent anywhere. `''`, which a socket without a peer gives, is a TypeError.
   */
  readonly address: string;
  /** The verified host name, or the address in brackets (the default). */
  readonly name?: string;
  /** The result of the name lookup; default: OK with a name, FAIL without one or with an address in brackets. */
  readonly resolve?: 'OK' | 'FAIL' | 'FORGED' | 'TEMP';
  /** The unverified name from DNS; default: `name`. */
  readonly ptr?: string;
  /** The name that the client gave in EHLO; absent: not known, and not checked. */
  readonly helo?: string;
}

/** The facts of an SMTP session that rules use to check a sender or recipient. */
export interface Session {
  readonly client: Client;
  /** Envelope sender; `''` is the null sender. */
  readonly sender?: string;
  /** SASL mechanism, if the client authenticated. */
  readonly authType?: string;
  /** SASL user name. */
  readonly authAuthen?: string;
  readonly tls?: { readonly verify: string; readonly certIssuer?: string; readonly certSubject?: string };
  /** `${daemon_flags}`: single letters, separated by blanks. */
  readonly daemonFlags?: string;
  /** The answer of DNS for the sender's domain; absent: not asked, treated as OK. It says nothing of a canonical name. */
  readonly senderDomain?: 'OK' | 'PERM' | 'TEMP';
}
