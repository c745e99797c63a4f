/**
 * A Haraka plugin that decides as sendmail does, from the same directory: who the client is and whether it may talk to us,
 * senders at MAIL, recipients at RCPT with their aliases, lists and .forward files expanded, VRFY.
 *
 * In a transaction's notes, `mailmaps.targets` is who gets the mail, for the plugin that queues it; a message to be held
 * has the reason in `quarantine`, where Haraka's own plugins look for it.
 */
const { Resolver } = require('node:dns/promises');
const { formatReply, openMailMaps, resolveClient } = require('mailmaps');

const LATER = '451 4.3.0 Temporary system failure. Please try again later.';

let maps;
let resolver;

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
    resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([main.dns]);
  }
};

/** Asks with what the answer needs of DNS: the sender's domain, DNS lists, mail exchangers. */
const ask = (question) => maps.ask(question, { ...(resolver && { resolver }) });

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

/** The client's name and what DNS says to it. Haraka's own look-up does not tell a failing server from "no name". */
exports.hook_lookup_rdns = hook(async (connection) => {
  const client = await resolveClient(connection.remote.ip, resolver);
  connection.notes.mailmaps = { client };
  return [OK, { OK: client.name, FORGED: client.ptr, FAIL: 'NXDOMAIN', TEMP: 'DNSERROR' }[client.resolve]];
});

/** As in sendmail a refused client is greeted and hears why later, unless the entry says 421. */
exports.hook_connect = hook(async ({ notes }) => {
  const decision = await ask({ kind: 'relay', client: notes.mailmaps.client });
  notes.mailmaps.connected = decision;
  return decision.reply?.code === 421 ? [DENYSOFTDISCONNECT, new DSN([formatReply(decision)])] : [CONT];
});

exports.hook_mail = hook(async ({ notes, hello, transaction }, [from]) => {
  const { client, connected } = notes.mailmaps;
  if (connected.reply !== undefined) return refusal(formatReply(connected));
  const sender = from.address;
  const session = { client: { ...client, helo: hello.host }, sender };
  const decision = await ask({ kind: 'mail', sender, session });
  const line = formatReply(decision, sender);
  if (decision.reply !== undefined) return refusal(line);
  transaction.notes.mailmaps = { session, decisions: [connected, decision], targets: [] };
  return [CONT, line.slice(4)];
});

exports.hook_rcpt = hook(async ({ transaction }, [to]) => {
  const { notes } = transaction;
  const { session, decisions, targets } = notes.mailmaps;
  const recipient = to.address;
  const decision = await ask({ kind: 'rcpt', recipient, session });
  const line = formatReply(decision, recipient);
  if (decision.reply !== undefined) return refusal(line);
  const { recipients, errors } = await ask({ kind: 'expand', address: recipient });
  // who else would get it cannot be told for now; an address that is wrong among good ones stops nobody
  const later = errors.find(({ code }) => code === 'tempFail');
  const error = later ?? (recipients.length === 0 ? errors[0] : undefined);
  if (error !== undefined) return refusal(lineOf(error.reply, recipient));
  decisions.push(decision);
  targets.push(...recipients);
  const held = decisions.find(({ action }) => action === 'quarantine');
  if (held !== undefined) notes.quarantine = held.reason;
  return [OK, line.slice(4)];
});

/** The text begins with the address at fault; as in sendmail the one that was asked for stands in brackets. */
function lineOf({ code, enhanced, text }, asked) {
  return `${code} ${enhanced} ${text.startsWith(`${asked}...`) ? `<${asked}>${text.slice(asked.length)}` : text}`;
}

/** DISCARD: the client hears that all is well, and no plugin that queues sees the message. */
exports.hook_queue = hook(({ transaction }) => {
  const dropped = transaction.notes.mailmaps.decisions.some(({ action }) => action === 'discard');
  return dropped ? [OK, '2.0.0 Message accepted for delivery'] : [CONT];
});

exports.hook_vrfy = hook(({ notes, current_line }) => {
  const { connected } = notes.mailmaps;
  if (connected.reply !== undefined) return refusal(formatReply(connected));
  return [OK, new DSN(maps.answerVrfy(current_line.replace(/^\S+\s*/, '')))];
});
