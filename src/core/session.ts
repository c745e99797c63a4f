/**
 * An SMTP client and its session, as the caller describes them: text at the public face, byte strings below it.
 */

/** Who connected. */
export interface Client {
  /**
   * `192.0.2.7`, `2001:db8::5` (with or without `%eth0`) or `IPv6:...`; `'local'` for mail that this host submits itself,
   * which may go anywhere. `''`, which a socket without a peer gives, is neither, and a TypeError.
   */
  readonly address: string;
  /** The verified host name, or the address in brackets (the default). */
  readonly name?: string;
  /** How the name was found; default: OK with a name, FAIL without. */
  readonly resolve?: 'OK' | 'FAIL' | 'FORGED' | 'TEMP';
  /** The unverified name from DNS; default: `name`. */
  readonly ptr?: string;
  /** What the client said in EHLO; absent: not known, and not checked. */
  readonly helo?: string;
}

/** What is known when a sender or recipient is checked. */
export interface Session {
  readonly client: Client;
  /** Envelope sender; `''` is the null sender. */
  readonly sender?: string;
  /** SASL mechanism, when the client authenticated. */
  readonly authType?: string;
  /** SASL user name. */
  readonly authAuthen?: string;
  readonly tls?: { readonly verify: string; readonly certIssuer?: string; readonly certSubject?: string };
  /** `${daemon_flags}`: single letters, separated by blanks. */
  readonly daemonFlags?: string;
  /** What DNS said of the sender's domain; absent: not asked, taken as OK. */
  readonly senderDomain?: 'OK' | 'PERM' | 'TEMP';
}
