/** The console of the real program without a database, and across a kill of the program. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program, until } from './program.ts';

/** Sends requests as the command line does, with the token in the data folder. */
async function clientOf(program: Program) {
  const token = (await readFile(join(program.dataDirectory, 'console-token'), 'utf8')).trim();
  const api = `${program.address}/admin/api/v1`;
  const authorization = `Bearer ${token}`;
  return {
    get: (path: string) => fetch(`${api}/${path}`, { headers: { authorization } }),
    order: (method: string, path: string, body: unknown, key: string) =>
      fetch(`${api}/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
  };
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

test('without a database, every address of the console answers, and overrides survive a kill of the program', async () => {
  const environment = { DATABASE_URL: `postgres://nobody@127.0.0.1:${await closedPort()}/nothing` };
  const first = await Program.launch({ fresh: true, environment });
  const { dataDirectory } = first;
  try {
    await first.line(/http:\/\/\S+/);
    const client = await clientOf(first);
    const { paths } = (await (await client.get('openapi.json')).json()) as { paths: Record<string, object> };
    const asked = Object.entries(paths)
      .filter(([, methods]) => 'get' in methods)
      .map(([path]) => path.slice(1))
      .filter((path) => path !== 'events' && !path.startsWith('audit/') && !/\{(?!id|policy)/.test(path));
    const ids: Readonly<Record<string, string>> = {
      breakers: 'database-read.database',
      services: 'database',
      retries: 'database-read.retry',
    };
    let answers = 0;
    for (const path of asked) {
      const id = ids[path.split('/')[0] ?? ''];
      if (id === undefined && path.includes('{')) continue;
      const response = await client.get(path.replaceAll(/\{\w+\}/g, id ?? ''));
      assert.equal(response.status, 200, `${path}: ${await response.text()}`);
      answers += 1;
    }
    const isolated = await client.order(
      'PUT',
      'breakers/database-read.database/override',
      { mode: 'isolated', reason: 'the server is moved' },
      'one',
    );
    const restarted = await client.order(
      'POST',
      'services/database/actions',
      { action: 'check', reason: 'is it back' },
      'two',
    );
    assert.ok(answers >= 20, `${answers} answers`);
    assert.deepEqual([isolated.status, restarted.status], [200, 202]);
    const { id } = (await restarted.json()) as { id: string };
    await until(
      'the check has ended',
      async () => ((await (await client.get(`operations/${id}`)).json()) as { state: string }).state === 'failed',
    );
    first.kill('SIGKILL');
    await first.ended();

    await using second = await Program.launch({ dataDirectory, environment });
    await second.line(/http:\/\/\S+/);
    const again = await clientOf(second);
    const breaker = (await (await again.get('breakers/database-read.database')).json()) as {
      override: { reason: string } | null;
    };
    assert.equal(breaker.override?.reason, 'the server is moved');
    const { records } = (await (await again.get('audit?limit=20')).json()) as {
      records: { action: string; phase: string; outcome: string }[];
    };
    assert.ok(
      records.some(({ action, outcome }) => action === 'breaker.override.set' && outcome === 'applied'),
      JSON.stringify(records.map(({ action, outcome }) => [action, outcome])),
    );
    // A client without an answer repeats the request, which takes effect only once.
    const repeated = await again.order(
      'PUT',
      'breakers/database-read.database/override',
      { mode: 'isolated', reason: 'the server is moved' },
      'one',
    );
    assert.deepEqual(await repeated.json(), await isolated.json());
  } finally {
    first.kill('SIGKILL');
    await first.ended();
    await rm(dataDirectory, { recursive: true, force: true });
  }
});
