import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { layOut, type Program } from './program.ts';

/** What came back from one request. */
interface Answer {
  readonly status: number;
  /** The header that `@Header` sets. */
  readonly own: string | null;
  readonly retryAfter: string | null;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often the dependency was called. */
  readonly calls: number;
  readonly guardAsked: number;
}

interface Answers {
  readonly orders: Readonly<Record<string, Readonly<Record<'nobody' | 'wrongRole' | 'admin' | 'badId', Answer>>>>;
  readonly lesson: Answer;
  readonly badLesson: Answer;
  readonly inherited: Answer;
  readonly overridden: Answer;
  readonly overriddenAsAdmin: Answer;
  readonly students: readonly Answer[];
  readonly missing: readonly Answer[];
  readonly closed: Answer;
  readonly list: Answer;
  readonly intervals: readonly string[];
  readonly heard: readonly string[];
  readonly document: Readonly<Record<string, { readonly summary?: string; readonly responses?: object }>>;
  readonly listed: readonly (readonly [string, readonly string[]])[];
}

const { program, skip } = await layOut('nestjs');

/** The application runs once; each test looks at another part of what it answered. */
async function answersOf(nest: Program): Promise<Answers> {
  // TypeScript 5, CommonJS and the resolution of Node 10, as in many projects.
  await nest.run(process.execPath, [nest.file('typescript/bin/tsc'), '-p', '.']);
  return JSON.parse(await nest.run(process.execPath, ['dist/main.js'])) as Answers;
}

const answers = program && answersOf(program);

function check(name: string, assertions: (answers: Answers) => void): void {
  test(`NestJS 11: ${name}`, { skip: skip ?? false }, async () => {
    const answered = await answers;
    assert.ok(answered !== undefined);
    assertions(answered);
  });
}

for (const order of ['above', 'below', 'between', 'guarded', 'composed']) {
  check(
    `F1: guard, roles, route, pipe, status, header and interceptor hold; dualbrake stands: ${order}`,
    (answered) => {
      const { nobody, wrongRole, admin, badId } = answered.orders[order] ?? assert.fail(order);

      assert.deepEqual(
        [nobody, wrongRole, admin, badId].map(({ status, guardAsked, calls }) => [status, guardAsked, calls]),
        [
          [403, 1, 0],
          [403, 1, 0],
          [202, 1, 2],
          [400, 1, 0],
        ],
        'the guard is asked once per request, also when the call is repeated',
      );
      assert.deepEqual([admin.own, admin.body], ['kept', { data: { id: 7, attempts: 2 } }]);
    },
  );

  check(`F1: the document of swagger lists the route: ${order}`, ({ document }) => {
    const path = document[`/orders/${order}/{id}`];

    assert.equal(path?.summary, order);
    assert.match(JSON.stringify(path.responses), /"\$ref":"#\/components\/schemas\/Answer"/);
  });
}

check('F1: a body is validated and a route with one state per instance is repeated', ({ lesson, badLesson }) => {
  assert.deepEqual([lesson.status, lesson.body], [201, { minutes: 45, attempts: 2 }]);
  assert.deepEqual([badLesson.status, badLesson.calls], [400, 0]);
});

check('F1: an inherited route works, and an override has its own guard', (answered) => {
  const { inherited, overridden, overriddenAsAdmin } = answered;

  assert.deepEqual([inherited.status, inherited.calls, inherited.guardAsked], [200, 2, 0]);
  assert.deepEqual([overridden.status, overridden.guardAsked], [403, 1]);
  assert.deepEqual([overriddenAsAdmin.status, overriddenAsAdmin.body], [200, { base: true, derived: true }]);
});

check('a provider retries, its breaker opens, and a filter says 503 with Retry-After', ({ students }) => {
  assert.deepEqual(
    students.map(({ status, calls, body, retryAfter }) => [status, calls, body['code'], retryAfter]),
    [
      [200, 2, undefined, null],
      [503, 3, 'DEPENDENCY_UNAVAILABLE', null],
      [503, 3, 'DEPENDENCY_UNAVAILABLE', null],
      [503, 0, 'CIRCUIT_OPEN', '600'],
    ],
  );
  assert.equal(students[3]?.type, 'application/problem+json');
});

check('exceptions of NestJS keep their answers; a 404 is neither repeated nor counted', ({ missing, closed }) => {
  assert.deepEqual(
    missing.map(({ status, calls, body }) => [status, calls, body['message']]),
    Array.from({ length: 4 }, () => [404, 1, 'No such student']),
  );
  assert.deepEqual([closed.status, closed.body['message']], [503, 'Closed on Sundays']);
});

check('F12: an async generator of a provider is repeated before its first item', ({ list }) => {
  assert.deepEqual([list.status, list.body], [200, [2, 100]]);
});

check('F1: intervals and event listeners are found above and below', ({ intervals, heard }) => {
  assert.deepEqual(intervals.toSorted(), ['above', 'below']);
  assert.deepEqual(heard.map((line) => line.split(':', 1)[0]).toSorted(), ['above', 'below']);
});

check('each decorated method is listed with its policies, under the class that declares it', ({ listed }) => {
  const policies = Object.fromEntries(listed);

  assert.deepEqual(policies['Orders.between'], ['circuit-breaker', 'bulkhead', 'retry', 'timeout']);
  assert.deepEqual(policies['StudentService.find'], ['circuit-breaker', 'retry']);
  assert.deepEqual(policies['Base.inherited'], ['retry']);
  assert.deepEqual(
    policies['Orders.composed'],
    ['circuit-breaker', 'retry'],
    'the last of applyDecorators is outermost',
  );
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

test('docs/nestjs.md shows the filter as it is tested', () => {
  const filter =
    /\/\*\* Answers refusals, timeouts and failed.*$/s.exec(read('nestjs/src/http.ts'))?.[0] ??
    assert.fail('no filter');

  assert.ok(read('../../docs/nestjs.md').includes(`\`\`\`ts\n${filter}\`\`\`\n`), 'it shows another one');
});
