import assert from 'node:assert/strict';
import { test } from 'node:test';

// The router reads the URL when it is loaded.
Object.assign(globalThis, { location: { hash: '' }, addEventListener: () => undefined });
const { hrefOf, routeOf } = await import('./router.ts');

test('a route survives the round trip through its URL, with any name', () => {
  for (const name of ['school.database', 'GET /api/students/{student_id}', 'a?b=c&d#e', '%', '<img src=x>', 'naïve']) {
    const { path, query } = routeOf(hrefOf(['breakers', name], { range: '1h', q: name, state: undefined, sort: '' }));

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
  assert.deepEqual(routeOf('').path, []);
  assert.deepEqual(routeOf('#/logs/%zz').path, ['logs', '%zz'], 'parts that can’t be decoded are used as they are');
});
