import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Program, signInAsOwner } from './program.ts';

interface Page {
  readonly data: readonly { readonly display_name: string }[];
  readonly next_cursor: string | null;
}

test('M1.2: 200 changes at once are saved once or refused as busy; the breaker stays closed', async () => {
  await using program = await Program.start({ environment: { DEMO_DATA: 'no' } });
  const client = await signInAsOwner(program);
  const names = Array.from({ length: 200 }, (_, index) => `Crowd${String(index).padStart(3, '0')}`);
  const answers = await Promise.all(
    names.map(async (legal_family_name) => {
      const response = await client.post('/api/students', { legal_family_name, birth_date: '2008-05-17' });
      const { code } = (await response.json()) as { readonly code?: string };
      return { name: legal_family_name, status: response.status, code, wait: response.headers.get('retry-after') };
    }),
  );

  const saved = answers.filter(({ status }) => status === 201).map(({ name }) => name);
  const refused = answers.filter(({ status }) => status !== 201);
  assert.deepEqual(
    refused.filter(({ status, code, wait }) => status !== 503 || code !== 'busy' || wait !== '1'),
    [],
  );
  assert.ok(saved.length >= 7, `${saved.length} saved`);
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const response = await client.fetch(`/api/students?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    const page = (await response.json()) as Page;
    found.push(...page.data.map(({ display_name }) => display_name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  assert.deepEqual(found.toSorted(), saved.toSorted());
  for (let round = 0; round < 10; round += 1) {
    const response = await client.fetch('/api/students');
    assert.equal(((await response.json()) as { readonly stale: boolean }).stale, false);
  }
  assert.deepEqual(
    program.log.filter(({ event, to }) => event === 'recovery.transition' && to === 'open'),
    [],
  );
});
