import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { bookingRules } from '../../contract/rules.ts';
import { openTestApplication, type TestApplication } from '../testing/test-application.ts';

let school: TestApplication;
before(async () => {
  school = await openTestApplication();
});
after(() => school.close());

const page = readFileSync(new URL('../../../../docs/booking-rules.md', import.meta.url), 'utf8');

/** Finds every list of rules in the API documentation, wherever a shape contains one. */
function listsIn(part: unknown): { readonly enum: string[]; readonly kinds: unknown }[] {
  if (typeof part !== 'object' || part === null) return [];
  const nested = Object.values(part).flatMap(listsIn);
  if (!('x-rule-kinds' in part) || !('enum' in part)) return nested;
  return [{ enum: part.enum as string[], kinds: part['x-rule-kinds'] }, ...nested];
}

test('the rules, the API documentation and the page about them have the same names and kinds', async () => {
  const documented = listsIn((await school.app.inject({ url: '/api/openapi.json' })).json());
  assert.ok(documented.length > 0, 'no shape in the documentation has the name of a rule');
  for (const list of documented) {
    assert.deepEqual(list.enum, Object.keys(bookingRules));
    assert.deepEqual(list.kinds, bookingRules);
  }
  const rows = page.matchAll(/^\| `(\w+)` \| (\w+) \| \S.* \| \S.* \| \S.* \|$/gm);
  assert.deepEqual(Object.fromEntries(Array.from(rows, ([, name, kind]) => [name, kind])), bookingRules);
});
