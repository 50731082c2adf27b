import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Program, signInAsOwner } from './program.ts';

const run = fileURLToPath(new URL('../run.js', import.meta.url));

test('the built program creates its database, serves both sets of pages and the API, and stops', async () => {
  await using program = await Program.start({ fresh: true, built: true, environment: { DEMO_DATA: 'yes' } });
  const owner = await signInAsOwner(program);

  const { data } = (await (await owner.fetch('/api/students?limit=200')).json()) as { data: unknown[] };
  assert.equal(data.length, 200);
  for (const path of ['/', '/sign-in', '/admin', '/api/docs/', '/api/openapi.json']) {
    assert.equal((await owner.fetch(path)).status, 200, path);
  }
  for (const path of ['/students/', '/admin/']) {
    const page = await (await owner.fetch(path.slice(0, -1))).text();
    const [, script] = /<script[^>]* src="([^"]+)"/.exec(page) ?? [];
    const { pathname } = new URL(script ?? assert.fail(page), `${program.address}${path}`);
    assert.equal((await owner.fetch(pathname)).status, 200, pathname);
  }
  assert.equal(await program.stop(), 0);

  const { stdout } = await promisify(execFile)(process.execPath, [run, 'commands/verify-database'], {
    env: { PATH: process.env['PATH'], DATA_DIR: program.dataDirectory },
  });
  assert.match(stdout, /^All \d+ pages are intact\.$/m);
});

test('a command that has not been built is refused with a sentence', async () => {
  await assert.rejects(promisify(execFile)(process.execPath, [run, 'commands/nonesuch']), {
    code: 1,
    stderr: 'The program has not been built: npm run build.\n',
  });
});
