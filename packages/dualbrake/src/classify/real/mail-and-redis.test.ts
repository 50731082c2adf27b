/** Errors as a real mail server and a real Redis make them, through the clients that people use. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { redisServer, withoutRedis } from '../../redis/testing/redis-server.ts';
import { errorOf, verdictOf, type Verdict } from './verdict.ts';

const servers: SMTPServer[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** Sends a mail to a server that does something else than taking it. */
async function sendTo(options: SMTPServerOptions, auth?: { user: string; pass: string }): Promise<unknown> {
  const server = new SMTPServer({ disabledCommands: ['STARTTLS'], authOptional: true, ...options });
  servers.push(server);
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    ...(auth === undefined ? {} : { auth }),
  });
  const mail = {
    from: 'school@example.test',
    to: 'student@example.test',
    subject: 'Lesson',
    text: 'Tomorrow at nine.',
  };
  return errorOf(transport.sendMail(mail).finally(() => transport.close()));
}

const answering = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

const replies: readonly (readonly [what: string, options: SMTPServerOptions, expected: Verdict])[] = [
  [
    'a sender who is to come back later',
    { onMailFrom: (_address, _session, done) => done(answering(421, '4.7.0 Try again later')) },
    'transient RB yes no',
  ],
  [
    'a recipient who is greylisted',
    { onRcptTo: (_address, _session, done) => done(answering(451, '4.7.1 Greylisted')) },
    'transient R- yes no',
  ],
  [
    'a full mailbox',
    { onRcptTo: (_address, _session, done) => done(answering(452, '4.2.2 Mailbox full')) },
    'transient R- yes no',
  ],
  [
    'a recipient who is not there',
    { onRcptTo: (_address, _session, done) => done(answering(550, '5.1.1 No such user')) },
    'persistent -- yes no',
  ],
  [
    'a server without room',
    {
      onData(stream, _session, done) {
        stream.resume();
        stream.once('end', () => done(answering(452, '4.3.1 Insufficient system storage')));
      },
    },
    'transient RB yes no',
  ],
];

for (const [what, options, expected] of replies) {
  test(`SMTP: ${what}`, async () => {
    const error = await sendTo(options);
    assert.equal(verdictOf(error), expected, JSON.stringify(error));
  });
}

test('SMTP: a wrong password, and one that cannot be checked now', async () => {
  const auth = { user: 'school', pass: 'wrong' };
  const wrong = await sendTo({ onAuth: (_auth, _session, done) => done(answering(535, '5.7.8 Invalid')) }, auth);
  const later = await sendTo({ onAuth: (_auth, _session, done) => done(answering(454, '4.7.0 Temporary')) }, auth);

  assert.equal(verdictOf(wrong), 'persistent -- yes no');
  assert.equal(verdictOf(later), 'transient RB yes no');
});

test('SMTP: a port on which nobody listens', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: 1, ignoreTLS: true });

  assert.equal(verdictOf(await errorOf(transport.sendMail({ to: 'a@example.test', text: '' }))), 'transient RB no no');
});

// In CI nothing may be left out without a word: there the missing server is an error.
const options = withoutRedis === undefined || process.env['CI'] !== undefined ? {} : { skip: withoutRedis };

test('Redis: replies of a server that is well, that loads, and that is gone', options, async () => {
  await using server = await redisServer();
  const client = await server.connect();
  await client.set('text', 'x');

  const wrongType = await errorOf(client.lPush('text', 'y'));
  const unknownCommand = await errorOf(client.sendCommand(['NOSUCHCOMMAND']));
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1']);
  const full = await errorOf(client.set('more', 'x'));
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']);
  await client.sendCommand(['CONFIG', 'SET', 'min-replicas-to-write', '1']);
  const noReplicas = await errorOf(client.set('more', 'x'));
  await client.sendCommand(['CONFIG', 'SET', 'min-replicas-to-write', '0']);
  await client.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
  const readOnly = await errorOf(client.set('more', 'x'));
  await client.sendCommand(['REPLICAOF', 'NO', 'ONE']);

  assert.equal(verdictOf(wrongType), 'persistent -- yes no');
  assert.equal(verdictOf(unknownCommand), 'persistent -- yes no');
  for (const error of [full, noReplicas, readOnly]) assert.equal(verdictOf(error), 'system RB yes no', String(error));

  // It loads what it has saved, key by key, and answers meanwhile that it does.
  await client.sendCommand(['DEBUG', 'POPULATE', '2000']);
  await client.sendCommand(['CONFIG', 'SET', 'key-load-delay', '5000']);
  await client.sendCommand(['CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024']);
  const other = await server.connect();
  const reload = client.sendCommand(['DEBUG', 'RELOAD']).catch((error: unknown) => error);
  let loading: unknown;
  const until = performance.now() + 180_000;
  while (loading === undefined && performance.now() < until)
    loading = await other.get('text').then(
      () => undefined,
      (error: unknown) => error,
    );
  assert.match(String(loading), /LOADING/);
  assert.equal(verdictOf(loading), 'system RB yes no');

  const waiting = errorOf(other.blPop('nothing', 0));
  await server.kill();
  assert.match(verdictOf(await waiting), /^(system|transient) RB maybe maybe$/);
  await reload;
  client.destroy();
  assert.match(verdictOf(await errorOf(client.get('text'))), /^persistent -- no no$/);
});
