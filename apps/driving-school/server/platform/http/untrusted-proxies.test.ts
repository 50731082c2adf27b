import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { testHttp } from './testing/test-http.ts';

async function warningsOf(
  requests: readonly { readonly peer: string; readonly headers?: Readonly<Record<string, string>> }[],
  trustedProxies: readonly string[] = [],
): Promise<string[]> {
  const lines: { event?: string; msg: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  await using app = testHttp({ log, trustedProxies });
  for (const { peer, headers = { 'x-forwarded-for': '203.0.113.7' } } of requests)
    await app.inject({ url: '/healthz', remoteAddress: peer, headers });
  return lines.filter(({ event }) => event === 'proxy.untrusted').map(({ msg }) => msg);
}

test('an untrusted proxy is logged once, with the setting that trusts it', async () => {
  const warnings = await warningsOf([{ peer: '10.0.0.2' }, { peer: '10.0.0.2' }, { peer: '10.0.0.2' }]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /If 10\.0\.0\.2 is your reverse proxy, start with TRUSTED_PROXIES=10\.0\.0\.2$/);
});

test('there is no warning for a trusted proxy or a direct client', async () => {
  assert.deepEqual(await warningsOf([{ peer: '10.0.0.2' }], ['10.0.0.0/8']), []);
  assert.deepEqual(await warningsOf([{ peer: '10.0.0.2', headers: {} }]), []);
});

test('a second proxy is logged too, and a flood of senders does not fill the log', async () => {
  const peers = Array.from({ length: 50 }, (_, at) => ({ peer: `10.0.1.${at}` }));
  assert.equal((await warningsOf([{ peer: '10.0.0.2' }, { peer: '10.0.0.3' }], ['10.0.0.2'])).length, 1);
  assert.equal((await warningsOf(peers)).length, 5);
});
