/**
 * What an address stands for: mailer, user and host.
 */
export interface Target {
  readonly mailer: 'local' | 'remote' | 'program' | 'file' | 'include' | 'error';
  /**
   * The name, folded; `user@host` as it is written; the program with its `|` and the file with their quotes; the
   * path of the list; what is no address, as it is written.
   */
  readonly user: string;
  /** For a local name the +detail that is delivered with it, for a remote one the host; else ''. */
  readonly host: string;
}
