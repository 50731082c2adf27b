import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openTestApplication, type TestApplication } from './testing/test-application.ts';

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly examples?: Readonly<Record<string, unknown>> }>>;
}
interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<Record<string, Answer>>;
}

let school: TestApplication;
let operations: readonly (readonly [route: string, operation: Operation])[];
before(async () => {
  // Without a started database: the documentation must not need one.
  school = await openTestApplication();
  const { paths } = (await school.app.inject({ url: '/api/openapi.json' })).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
});
after(() => school.close());

const codesAt = ({ responses }: Operation): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}));

test('every route has a summary, and every answer a description of its own', () => {
  for (const [route, { summary, responses }] of operations) {
    assert.ok(summary, route);
    for (const [status, { description }] of Object.entries(responses)) {
      assert.ok(description !== '' && description !== 'Default Response', `${route} ${status}`);
    }
  }
});

test('every code that a slice of the book refuses with is documented at a route of it', () => {
  const documented = new Set(operations.flatMap(([, operation]) => codesAt(operation)));
  const files = globSync('{calendar,courses,guardians,instructors,lessons,locations,rules,vehicles}/*-problems.ts', {
    cwd: import.meta.dirname,
  });
  assert.ok(files.length >= 7, String(files));
  const missing = files.flatMap((file) => {
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    // Codes of whole problems: those of single values are on the same line as their pointer.
    return Array.from(text.matchAll(/^ +code: '(\w+)',$/gm), ([, code = '']) => code)
      .filter((code) => !documented.has(code))
      .map((code) => `${file}: ${code}`);
  });
  assert.deepEqual(missing, []);
});

test('a booking documents what can refuse it, with an example of each', () => {
  const [, booking] = operations.find(([route]) => route === 'POST /api/lessons') ?? [];
  assert.ok(booking !== undefined);
  assert.deepEqual(codesAt(booking).toSorted(), [
    'idempotency_key_reused',
    'invalid_request',
    'not_permitted',
    'not_signed_in',
    'outcome_unknown',
    'rules_refuse',
    'slot_taken',
    'time_ambiguous',
    'time_does_not_exist',
    'unavailable',
  ]);
});

test('a change documents that it requires the version that was read', () => {
  for (const route of ['POST /api/lessons/{lesson_id}/move', 'PATCH /api/locations/{location_id}']) {
    const [, operation] = operations.find(([name]) => name === route) ?? [];
    assert.ok(operation !== undefined, route);
    assert.ok('412' in operation.responses && '428' in operation.responses, route);
  }
});
