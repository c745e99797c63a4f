/**
 * A Haraka plugin that decides as sendmail does, from the same directory: who the client is and whether it may talk to us,
 * senders at MAIL, recipients at RCPT with their aliases, lists and .forward files expanded, VRFY.
 *
 * In a transaction's notes, `mailmaps.targets` is who gets the mail, for the plugin that queues it; a message to be held
 * has the reason in `quarantine`, where Haraka's own plugins look for it.
 */
const { Resolver } = require('node:dns/promises');
const { openMailMaps } = require('mailmaps');

const LATER = '451 4.3.0 Temporary system failure. Please try again later.';

let maps;
let dns = {};

/** Opens the directory once; what changes in it is used without a restart. */
exports.register = function () {
  const { main } = this.config.get('mailmaps.ini');
  maps = openMailMaps({
    directory: main.directory ?? '/etc/mail',
    features: main.features?.split(/[\s,]+/).filter(Boolean) ?? [],
    ...(main.host_name && { hostName: main.host_name }),
    ...(main.passwd && { users: main.passwd }),
  });
  maps.on('reload', ({ path }) => this.loginfo(`read anew: ${path}`));
  maps.on('problem', (error) => this.logerror(error.message));
  if (main.dns) {
    dns = { resolver: new Resolver({ timeout: 2000, tries: 2 }) };
    dns.resolver.setServers([main.dns]);
  }
};

exports.shutdown = () => maps?.close();

/** Haraka takes code and text from an object of a class of this name, and from the hook's answer what becomes of it. */
class DSN {
  constructor(lines) {
    this.code = Number(lines[0].slice(0, 3));
    this.reply = lines.map((line) => line.slice(4)).join('\n');
  }
}

/** A hook's answer: what becomes of the command, and the reply. */
function refusal(line) {
  return [line.startsWith('4') ? DENYSOFT : DENY, new DSN([line])];
}

/** Makes a hook of a function that gives its answer. One that fails must let nobody in: Haraka would go on without it. */
function hook(answer) {
  return function (next, connection, ...more) {
    Promise.resolve()
      .then(() => answer(connection, ...more))
      .catch((error) => {
        connection.logerror(this, error.stack);
        return refusal(LATER);
      })
      // outside of the promise: what Haraka does next is not ours to catch
      .then((what) => setImmediate(next, ...what));
  };
}

/** A refusal, or what becomes of an accepted command. */
function answerTo({ lines, accepted, error }, acceptedAs, connection) {
  if (error !== undefined) connection.logerror(error.message);
  return accepted ? [acceptedAs, lines[0].slice(4)] : refusal(lines[0]);
}

/** The client's name and what DNS says to it. Haraka's own lookup does not tell a failing server from "no name". */
exports.hook_lookup_rdns = hook(async (connection) => {
  const session = maps.session({ address: connection.remote.ip });
  connection.notes.mailmaps = session;
  await session.ask({ kind: 'connect' }, dns);
  const { resolve, name, ptr } = session.client;
  return [OK, { OK: name, FORGED: ptr, FAIL: 'NXDOMAIN', TEMP: 'DNSERROR' }[resolve]];
});

/** A refused client without a line is greeted, and is refused at MAIL. */
exports.hook_connect = hook(async ({ notes }) => {
  const { lines } = await notes.mailmaps.ask({ kind: 'connect' }, dns);
  return lines.length > 0 ? [DENYSOFTDISCONNECT, new DSN(lines)] : [CONT];
});

exports.hook_helo = exports.hook_ehlo = hook(({ notes }, name) => {
  notes.mailmaps.helo(name);
  return [CONT];
});

/** Haraka does not say when a transaction ends; MAIL begins the next one. */
exports.hook_mail = hook(async (connection, [from]) => {
  const session = connection.notes.mailmaps;
  session.reset();
  return answerTo(await session.ask({ kind: 'mail', sender: from.address }, dns), CONT, connection);
});

exports.hook_rcpt = hook(async (connection, [to]) => {
  const reply = await connection.notes.mailmaps.ask({ kind: 'rcpt', recipient: to.address }, dns);
  return answerTo(reply, OK, connection);
});

exports.hook_data = hook(({ notes, transaction }) => {
  const { lines, message } = notes.mailmaps.data();
  if (message === undefined) return refusal(lines[0]);
  transaction.notes.mailmaps = message;
  if (message.action === 'hold') transaction.notes.quarantine = message.reason;
  return [CONT];
});

/** A discarded message: the client hears that all is well, and no plugin that queues sees it. */
exports.hook_queue = hook(({ transaction }) => {
  const dropped = transaction.notes.mailmaps.action === 'discard';
  return dropped ? [OK, '2.0.0 Message accepted for delivery'] : [CONT];
});

exports.hook_vrfy = hook(({ notes, current_line }) => {
  const { lines, accepted, decision } = notes.mailmaps.vrfy(current_line.replace(/^\S+\s*/, ''));
  return accepted || decision === undefined ? [OK, new DSN(lines)] : refusal(lines[0]);
});
