import assert from 'node:assert/strict';
import { test } from 'node:test';

// The router looks at the address when it is loaded.
Object.assign(globalThis, { location: { hash: '' }, addEventListener: () => undefined });
const { hrefOf, placeOf } = await import('./router.ts');

test('a place and its address are the same thing, with any name', () => {
  for (const name of ['school.database', 'GET /api/students/{student_id}', 'a?b=c&d#e', '%', '<img src=x>', 'naïve']) {
    const { path, query } = placeOf(hrefOf(['breakers', name], { range: '1h', q: name, tag: undefined, sort: '' }));

    assert.deepEqual(
      [path, [...query]],
      [
        ['breakers', name],
        [
          ['range', '1h'],
          ['q', name],
        ],
      ],
    );
  }
  assert.deepEqual(placeOf('').path, []);
  assert.deepEqual(placeOf('#/logs/%zz').path, ['logs', '%zz'], 'what cannot be decoded is taken as it is');
});
