/**
 * A relay host on nodemailer's smtp-server that decides as sendmail does, from the same directory.
 *
 *     npm install
 *     npm start -- --directory /etc/mail --spool /var/spool/relay --port 2525
 *
 * It accepts a message for the recipients that the session accepts, expands local recipients, and puts message and envelope into the
 * spool directory, from where a sender of yours takes them. Maps, class files, aliases and lists may be changed at any time.
 */
import { randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { domainToASCII } from 'node:url';
import { parseArgs } from 'node:util';
import { type AskOptions, type Feature, openMailMaps, type SmtpReply, type SmtpSession } from 'mailmaps';
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';

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
  // a name that is no feature is an error, with the probable name
  features: values.feature as Feature[],
  ...(values['host-name'] && { hostName: values['host-name'] }),
  ...(values.passwd && { users: values.passwd }),
});
maps.on('problem', (error) => console.error(error.message));
maps.on('reload', ({ path }) => console.error(`read anew: ${path}`));

const dns: AskOptions = values.dns === undefined ? {} : { resolver: resolverAt(values.dns) };

function resolverAt(server: string): Resolver {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return resolver;
}

/** Our session of each of smtp-server's. */
const sessions = new WeakMap<SMTPServerSession, SmtpSession>();

/** A refusal as smtp-server wants it: our line holds code, status and text, so its own statuses are hidden below. */
function refusal(line: string): Error {
  return Object.assign(new Error(line.slice(4)), { responseCode: Number(line.slice(0, 3)) });
}

/** A fault of this program. The client may try again. */
const LATER = '451 4.3.0 Temporary system failure. Please try again later.';

type Callback = (error?: Error | null) => void;

/** Runs a handler that gives a reply. If it throws, the error is reported and nobody is let in. */
function answer(handler: () => SmtpReply | Promise<SmtpReply>, callback: Callback): void {
  Promise.resolve()
    .then(handler)
    .then(refusedLine)
    .catch((error: unknown) => {
      console.error(error);
      return LATER;
    })
    .then((line) => callback(line === undefined ? null : refusal(line)));
}

function refusedLine(reply: SmtpReply): string | undefined {
  if (reply.error !== undefined && reply.error.code !== 'badInput') console.error(reply.error);
  return reply.accepted ? undefined : reply.lines[0];
}

/** A refused client without a line is greeted, and smtp-server asks again at MAIL. */
function onConnect(session: SMTPServerSession): Promise<SmtpReply> {
  const smtp = maps.session({ address: session.remoteAddress });
  sessions.set(session, smtp);
  return smtp.ask({ kind: 'connect' }, dns);
}

/** smtp-server has no hook for HELO: the name is there at the next command. */
function greeted(session: SMTPServerSession): SmtpSession {
  const smtp = sessions.get(session)!;
  const { hostNameAppearsAs: name } = session;
  if (name && name !== smtp.client.helo) smtp.helo(name);
  return smtp;
}

/** smtp-server shows `xn--` names in Unicode; maps hold them as they travel. */
function asSent(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\x00-\x7f]/.test(domain) ? address.slice(0, at) + (domainToASCII(domain) || domain) : address;
}

/** smtp-server does not say when a transaction ends; MAIL begins the next one. */
function onMailFrom(from: SMTPServerAddress, session: SMTPServerSession): Promise<SmtpReply> {
  const smtp = greeted(session);
  smtp.reset();
  return smtp.ask({ kind: 'mail', sender: asSent(from.address) }, dns);
}

function onRcptTo(to: SMTPServerAddress, session: SMTPServerSession): Promise<SmtpReply> {
  return sessions.get(session)!.ask({ kind: 'rcpt', recipient: asSent(to.address) }, dns);
}

/** DATA: a message to be held is kept with the reason. The client does not hear whether it is held or discarded. */
async function onData(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<SmtpReply> {
  const { message, ...reply } = sessions.get(session)!.data();
  if (message === undefined || message.action === 'discard') {
    for await (const _ of stream);
    return reply;
  }
  const { client, sender, targets } = message;
  const envelope = { client, sender, targets, ...(message.action === 'hold' && { quarantine: message.reason }) };
  const file = join(values.spool, randomUUID());
  try {
    await pipeline(stream, createWriteStream(`${file}.tmp`, { mode: 0o600 }));
    await writeFile(`${file}.json`, JSON.stringify(envelope), { mode: 0o600 });
    // The message appears last: an .eml is complete.
    await rename(`${file}.tmp`, `${file}.eml`);
  } catch (error) {
    await Promise.all([rm(`${file}.tmp`, { force: true }), rm(`${file}.json`, { force: true })]);
    throw error;
  }
  return reply;
}

/** smtp-server has no hook for VRFY; a connection of our own answers it. */
class RelayConnection extends SMTPConnection {
  override handler_VRFY(command: Buffer, callback: () => void): void {
    const { lines } = greeted(this.session).vrfy(addressOf(command));
    this.send(
      Number(lines[0]!.slice(0, 3)),
      lines.map((line) => line.slice(4)),
    );
    callback();
  }
}

function addressOf(command: Buffer): string {
  return command.toString('utf8').replace(/^\S+\s*/, '');
}

class RelayServer extends SMTPServer {
  override connect(socket: Socket, options?: SMTPConnectionOptions): void {
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
  onConnect: (session, callback) => answer(() => onConnect(session), callback),
  onMailFrom: (from, session, callback) => answer(() => onMailFrom(from, session), callback),
  onRcptTo: (to, session, callback) => answer(() => onRcptTo(to, session), callback),
  onData: (stream, session, callback) => answer(() => onData(stream, session), callback),
});
server.on('error', (error) => console.error(error.message));
server.listen(Number(values.port), values.address, () =>
  console.log(`listening on ${(server.server.address() as AddressInfo).port}`),
);

process.once('SIGTERM', () => server.close(() => maps.close()));
