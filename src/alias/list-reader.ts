/** :include: lists and .forward files -> their lines, read as the right user and passed to the expansion. */

import type { ListFile, Reader } from '../core/list-file.ts';
import { ownField } from '../core/own-field.ts';
import { listLines } from '../source/aliases/list-lines.ts';
import { expandMacros } from '../source/cf/macros.ts';
import { type AliasContext, ANY_SHELL, type LocalUser } from './context.ts';
import type { ErrorLog } from './error-log.ts';
import type { ExpansionVia } from './expansion.ts';
import { cannotOpen, cannotOpenNow, type Fault, NO_HOME, NO_USERS, notDirectly, tooMany } from './faults.ts';
import { MAX_LIST_BYTES } from './limits.ts';
import { type Control, controllerOf, detailsOf, type Member } from './member.ts';
import type { RecipientList } from './recipient-list.ts';

/** $z of a user without a home. */
const NO_SUCH_HOME = '/no/such/directory';

type Opened = Extract<ListFile, { status: 'opened' }>;
type Refused = Extract<ListFile, { status: 'refused' }>;
type SendList = (text: string, parent: Member, via: ExpansionVia, depth: number) => number;

export class ListReader {
  readonly #context: AliasContext;
  readonly #log: ErrorLog;
  readonly #list: RecipientList;
  readonly #sendList: SendList;
  #bytes = 0;

  constructor(context: AliasContext, log: ErrorLog, list: RecipientList, sendList: SendList) {
    this.#context = context;
    this.#log = log;
    this.#list = list;
    this.#sendList = sendList;
  }

  /** DefaultUser: runs the programs of an alias, and reads its lists. */
  get aliasControl(): Control | 'tempFail' {
    const { defaultUser } = this.#context.options;
    return defaultUser === 'tempFail' ? defaultUser : { uid: defaultUser.uid, gid: 0 };
  }

  include(member: Member, depth: number): void {
    const path = member.target.user;
    const controller = controllerOf(member.parent);
    const reader = this.#readerFor(controller);
    if (member.parent === undefined) this.#fail(member, notDirectly('include'));
    else if (reader === 'tempFail') this.#fail(member, NO_USERS);
    else {
      const file = this.#open(() => this.#context.files.readInclude(path, reader));
      if (file.status === 'opened') this.#includeFile(member, controller, file, depth);
      else if (isForNow(file)) this.#fail(member, cannotOpenNow(path, file.reason), false);
      else this.#fail(member, cannotOpen(path, member.shown, file.reason));
    }
  }

  #includeFile(member: Member, controller: Member | undefined, file: Opened, depth: number): void {
    if (!this.#takeOwner(member, controller, file)) {
      this.#fail(member, NO_USERS);
      return;
    }
    const path = member.target.user;
    this.#readLines(member, file, { kind: 'include', file: path }, depth);
    this.#list.setState(member, 'dead');
  }

  /**
   * Follows the first usable file of ForwardPath. Having no such file is normal. A user without a home is reported, and
   * expansion goes on. A file that fails temporarily is not skipped: it may hold the forward of a user who left.
   */
  forward(member: Member, user: LocalUser, depth: number): void {
    const { forwardPath } = this.#context.options;
    if (forwardPath === '') return;
    if (user.home === '') this.#log.report(NO_HOME);
    for (const pattern of forwardPath.split(':')) {
      const path = this.#forwardFile(pattern, member, user);
      if (path === '') continue;
      const reader = { uid: user.uid, gid: user.gid, name: user.name };
      const file = this.#open(() => this.#context.files.readForward(path, reader));
      if (file.status === 'opened') {
        if (file.unsafe) detailsOf(member).restriction ??= 'unsafe';
        this.#readLines(member, file, { kind: 'forward', file: path }, depth);
        return;
      }
      if (this.#stopsForward(file)) {
        this.#fail(member, cannotOpenNow(path, file.reason), false);
        return;
      }
      if (file.why !== 'missing') passOver(member, path, file.reason);
    }
  }

  #stopsForward(file: Refused): boolean {
    return isForNow(file) && !(file.why === 'rights' && this.#context.options.unreadableForward === 'passOver');
  }

  /** @param named whether the error names the address */
  #fail(member: Member, fault: Fault, named = true): void {
    this.#log.report(fault, named ? member.shown : undefined);
    detailsOf(member).reason = fault.reason;
    this.#list.setState(member, 'bad');
  }

  /** Opens a file, unless too many bytes were read already; that error is reported once. */
  #open(read: () => ListFile): ListFile {
    const full = tooMany('bytes of lists', MAX_LIST_BYTES);
    const file: ListFile = this.#bytes > MAX_LIST_BYTES ? { status: 'refused', reason: full.reason } : read();
    if (file.status === 'refused') return file;
    this.#bytes += file.text.length;
    if (this.#bytes <= MAX_LIST_BYTES) return file;
    this.#log.report(full);
    return { status: 'refused', reason: full.reason };
  }

  #forwardFile(pattern: string, member: Member, user: LocalUser): string {
    const { rules, options } = this.#context;
    const own: Record<string, string> = {
      z: user.home === '/' ? '' : user.home || NO_SUCH_HOME,
      u: member.target.user,
      h: member.target.host,
    };
    const [short = '', ...domain] = rules.hostName.split('.');
    const usual: Record<string, string> = { j: rules.hostName, w: short, m: domain.join('.') };
    return expandMacros(pattern, (name) => ownField(own, name) ?? options.macros?.(name) ?? ownField(usual, name));
  }

  /**
   * The reader of a list: DefaultUser for lists that aliases name, their owner for lists in .forward files and in lists. Only a
   * user has supplementary groups.
   */
  #readerFor(controller: Member | undefined): Reader | 'tempFail' {
    if (this.#isAlias(controller)) return this.#context.options.defaultUser;
    const { control, target, details } = controller!;
    const { user } = details;
    return { ...control!, ...(target.mailer === 'local' && user !== undefined && { name: user }) };
  }

  #isAlias(controller: Member | undefined): boolean {
    const { aliasControl } = this;
    const control = controller?.control;
    if (control === undefined) return true;
    return aliasControl !== 'tempFail' && control.uid === aliasControl.uid && control.gid === aliasControl.gid;
  }

  /** Programs and files of a list run as its owner, who must have a valid shell. False: the user database failed. */
  #takeOwner(member: Member, controller: Member | undefined, file: Opened): boolean {
    if (file.ownerCertain && this.#isAlias(controller)) this.#list.setControl(member, { uid: file.uid, gid: file.gid });
    const details = detailsOf(member);
    if (controller?.control?.uid === file.uid) {
      if (controller.details.restriction === 'shell') details.restriction = 'shell';
      details.user = controller.details.user;
    } else {
      const owner = this.#context.users.byId(file.uid);
      if (owner === 'tempFail') return false;
      details.fileOwner = file.uid;
      details.user = owner?.name;
      if (owner === undefined) details.restriction = 'shell';
      else if (!this.#mayRun(owner, file)) details.restriction = file.ownerCertain ? 'shell' : 'unsafe';
    }
    if (file.unsafe) details.restriction ??= 'unsafe';
    return true;
  }

  #mayRun(owner: LocalUser, { ownerCertain }: Opened): boolean {
    return this.#context.users.hasValidShell(ownerCertain ? owner : { ...owner, shell: ANY_SHELL });
  }

  #readLines(member: Member, opened: Opened, from: { kind: 'include' | 'forward'; file: string }, depth: number): void {
    member.selfNamed = false;
    let addresses = 0;
    for (const { number, text } of listLines(opened.text)) {
      const via = { kind: from.kind, file: from.file, line: number } as const;
      this.#log.enter(via);
      addresses += this.#sendList(text, member, via, depth + 1);
      this.#log.leave();
    }
    if (addresses > 0 && !member.selfNamed) this.#list.setState(member, 'dead');
  }
}

/** True if the refusal is temporary, or is due to the rights of this process. */
function isForNow({ why }: Refused): boolean {
  return why === 'later' || why === 'rights';
}

function passOver(member: Member, file: string, reason: string): void {
  detailsOf(member).passedOver = [...(member.details.passedOver ?? []), { file, reason }];
}
