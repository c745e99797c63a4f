/**
 * A relay host on nodemailer's smtp-server that decides as sendmail does, from the same directory.
 *
 *     npm install mailmaps smtp-server
 *     node server.js --directory /etc/mail --spool /var/spool/relay --port 2525
 *
 * It accepts a message for whoever checkRcpt accepts, expands local recipients, and puts message and envelope into the
 * spool directory, from where a sender of yours takes them. Maps, class files, aliases and lists may be changed at any time.
 */
import { randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { domainToASCII } from 'node:url';
import { parseArgs } from 'node:util';
import { formatReply, MapError, openMailMaps, resolveClient } from 'mailmaps';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';

const { values } = parseArgs({
  options: {
    address: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '2525' },
    directory: { type: 'string', default: '/etc/mail' },
    spool: { type: 'string', default: 'spool' },
    feature: { type: 'string', multiple: true, default: [] },
    'host-name': { type: 'string' },
    passwd: { type: 'string' },
    // asks this server instead of those of /etc/resolv.conf
    dns: { type: 'string' },
  },
});

// Opened once, asked for years: what changes in the directory is used by the first question after a quarter of a second.
const maps = openMailMaps({
  directory: values.directory,
  features: values.feature,
  ...(values['host-name'] && { hostName: values['host-name'] }),
  ...(values.passwd && { users: values.passwd }),
});
maps.on('problem', (error) => console.error(error.message));
maps.on('reload', ({ path }) => console.error(`read anew: ${path}`));

let resolver;
if (values.dns !== undefined) {
  resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([values.dns]);
}

/** Asks with what the answer needs of DNS: the sender's domain, DNS lists, mail exchangers. */
const ask = (question) => maps.ask(question, { ...(resolver && { resolver }) });

/** A refusal as smtp-server wants it: our line holds code, status and text, so its own statuses are hidden below. */
function refusal(line) {
  return Object.assign(new Error(line.slice(4)), { responseCode: Number(line.slice(0, 3)) });
}

/** Something went wrong with the question, not with the mail: a map error, a bug. The client may try again. */
const LATER = '451 4.3.0 Temporary system failure. Please try again later.';

/** Runs a handler that throws or returns the line of a refusal; whatever else it throws is told here, and later to try. */
function answering(handler) {
  return (...args) => {
    const callback = args.pop();
    Promise.resolve()
      .then(() => handler(...args))
      .catch((error) => {
        if (!(error instanceof MapError && error.code === 'badInput')) console.error(error);
        return LATER;
      })
      .then((line) => callback(line === undefined ? null : refusal(line)));
  };
}

/** The line of a refusal; undefined for what is accepted, for now or to be dropped or held. */
function refused(decision, address) {
  return decision.reply === undefined ? undefined : formatReply(decision, address);
}

/**
 * At connect: who is it, and may it talk to us? As in sendmail a refused client is greeted and hears why at each command
 * that matters, unless the entry says 421: then it hears that instead of the greeting.
 */
async function onConnect(session) {
  session.client = await resolveClient(session.remoteAddress, resolver);
  session.connected = await ask({ kind: 'relay', client: session.client });
  return session.connected.reply?.code === 421 ? refused(session.connected) : undefined;
}

/** smtp-server shows `xn--` names in Unicode; maps hold them as they travel. */
function asSent(address) {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\x00-\x7f]/.test(domain) ? address.slice(0, at) + (domainToASCII(domain) || domain) : address;
}

/** MAIL: the client's own refusal comes first, then the sender's. */
async function onMailFrom(from, session) {
  const address = asSent(from.address);
  const notWelcome = refused(session.connected);
  if (notWelcome !== undefined) return notWelcome;
  session.client = { ...session.client, helo: session.hostNameAppearsAs };
  const decision = await ask({ kind: 'mail', sender: address, session: { client: session.client } });
  session.decisions = [session.connected, decision];
  session.asked = { client: session.client, sender: address };
  session.targets = [];
  return refused(decision, address);
}

/** RCPT: may it go there, and who gets it? Local recipients are expanded now, so that unknown users are refused here. */
async function onRcptTo(to, session) {
  const address = asSent(to.address);
  const decision = await ask({ kind: 'rcpt', recipient: address, session: session.asked });
  const line = refused(decision, address);
  if (line !== undefined) return line;
  const { recipients, errors } = await ask({ kind: 'expand', address });
  // who else would get it cannot be told for now; an address that is wrong among good ones stops nobody
  const later = errors.find(({ code }) => code === 'tempFail');
  const error = later ?? (recipients.length === 0 ? errors[0] : undefined);
  if (error !== undefined) {
    const { code, enhanced, text } = error.reply;
    // The text begins with the address at fault; as in sendmail the one that was asked for stands in brackets.
    const asked = text.startsWith(`${address}...`);
    return `${code} ${enhanced} ${asked ? `<${address}>${text.slice(address.length)}` : text}`;
  }
  session.decisions.push(decision);
  session.targets.push(...recipients);
  return undefined;
}

/** DATA: the envelope is complete. DISCARD and QUARANTINE are kept with it; the client does not hear of them. */
async function onData(stream, session) {
  const discarded = session.decisions.some(({ action }) => action === 'discard');
  if (discarded) {
    for await (const _ of stream);
    return;
  }
  const held = session.decisions.find(({ action }) => action === 'quarantine');
  const { client, sender } = session.asked;
  const envelope = { client, sender, targets: session.targets, ...(held && { quarantine: held.reason }) };
  const file = join(values.spool, randomUUID());
  try {
    await pipeline(stream, createWriteStream(`${file}.tmp`, { mode: 0o600 }));
    await writeFile(`${file}.json`, JSON.stringify(envelope), { mode: 0o600 });
    // The message appears last: what has an .eml is complete.
    await rename(`${file}.tmp`, `${file}.eml`);
  } catch (error) {
    await Promise.all([rm(`${file}.tmp`, { force: true }), rm(`${file}.json`, { force: true })]);
    throw error;
  }
}

/** smtp-server has no hook for VRFY; a connection of our own answers it. */
class RelayConnection extends SMTPConnection {
  handler_VRFY(command, callback) {
    const notWelcome = refused(this.session.connected);
    const lines = notWelcome === undefined ? maps.answerVrfy(addressOf(command)) : [notWelcome];
    this.send(
      Number(lines[0].slice(0, 3)),
      lines.map((line) => line.slice(4)),
    );
    callback();
  }
}

function addressOf(command) {
  return command.toString('utf8').replace(/^\S+\s*/, '');
}

class RelayServer extends SMTPServer {
  connect(socket, options) {
    const connection = new RelayConnection(this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (data) => this._onClientConnect(data));
    connection.init();
  }
}

await mkdir(values.spool, { recursive: true });
const server = new RelayServer({
  name: values['host-name'],
  // No users here: see the README of smtp-server for AUTH and STARTTLS, and Session.authType and tls for what we make of it.
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  hideENHANCEDSTATUSCODES: true,
  // Whether an address is good is for the rules to say.
  lenientAddressParsing: true,
  size: 32 * 1024 * 1024,
  rejectOversized: true,
  onConnect: answering(onConnect),
  onMailFrom: answering(onMailFrom),
  onRcptTo: answering(onRcptTo),
  onData: answering(onData),
});
server.on('error', (error) => console.error(error.message));
server.listen(Number(values.port), values.address, () => console.log(`listening on ${server.server.address().port}`));

process.once('SIGTERM', () => server.close(() => maps.close()));
