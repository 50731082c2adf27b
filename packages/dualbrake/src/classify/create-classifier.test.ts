import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, classificationTable, classify, createClassifier, type ClassifierOptions } from '../index.ts';
import { corpus } from './corpus/corpus.ts';

const thrown = (properties: object): Error => Object.assign(new Error('x'), properties);

test('rules of your own come first: by code, class, kind, rule or function; one that throws is for none', () => {
  const mine = createClassifier({
    rules: [
      { when: 'E_VENDOR', verdict: { class: 'system', retryable: false } },
      {
        when: () => {
          throw new Error('bad rule');
        },
        verdict: { kind: 'never' },
      },
      { when: { kind: 'constraint' }, verdict: { kind: 'taken' } },
      { when: (error) => error === 'busy', verdict: { class: 'transient', retryAfterMs: 100 } },
    ],
  });

  const vendor = mine(thrown({ code: 'E_VENDOR' }));
  const taken = mine(thrown({ code: '23505', severity: 'ERROR' }));
  const busy = mine('busy');

  assert.deepEqual([vendor.class, vendor.retryable, vendor.rule], ['system', false, 'custom.E_VENDOR']);
  assert.deepEqual([taken.kind, taken.class, taken.rule], ['taken', 'persistent', 'custom.3']);
  assert.deepEqual([busy.class, busy.retryAfterMs], ['transient', 100]);
  assert.equal(mine(thrown({ status: 404 })).rule, 'http.404');
});

test('the cause’s code counts as well', () => {
  const mine = createClassifier({ rules: [{ when: 'E_INSIDE', verdict: { kind: 'inside' } }] });

  assert.equal(mine(new Error('wrapper', { cause: thrown({ code: 'E_INSIDE' }) })).kind, 'inside');
});

test('rows can be changed, at the start and while it is in use, and changed back', async () => {
  const classifier = createClassifier({ overrides: { 'http.404': { class: 'transient', retryable: true } } });
  const breaker = new CircuitBreaker({ failureThreshold: 1, classify: classifier });
  const notFound = thrown({ status: 404 });
  const fail = (): Promise<unknown> => breaker.execute(() => Promise.reject(notFound)).catch(() => undefined);

  assert.equal(classifier(notFound).retryable, true);
  await fail();
  assert.equal(breaker.state, 'closed');

  classifier.override('http.404', { class: 'system', countsAgainstBreaker: true });
  assert.deepEqual(classifier.overrides, { 'http.404': { class: 'system', countsAgainstBreaker: true } });
  await fail();
  assert.equal(breaker.state, 'open');

  classifier.override('http.404', undefined);
  assert.deepEqual(classifier(notFound), classify(notFound));
  assert.deepEqual(classifier.overrides, {});
});

test('what nobody knows can be persistent', () => {
  const strict = createClassifier({ unknown: 'persistent' });
  const found = strict(new Error('boom'));

  assert.deepEqual(
    [found.class, found.retryable, found.countsAgainstBreaker, found.rule],
    ['persistent', false, false, 'unknown'],
  );
  assert.equal(strict(thrown({ code: 'ECONNRESET' })).class, 'transient');
});

test('what the caller has decided is no rule’s business', () => {
  const mine = createClassifier({ rules: [{ when: () => true, verdict: { class: 'system' } }] });

  assert.equal(mine(new Error('left'), { signal: AbortSignal.abort() }).class, 'cancelled');
});

test('B51: all problems are told at once, and a wrong change changes nothing', () => {
  assert.throws(
    () =>
      createClassifier({
        rules: [{ when: '', verdict: {} }],
        overrides: {
          'http.999': {},
          'http.404': { retryable: true },
          'http.503': { reachedServer: 'no', class: 'fatal' },
        },
        unknown: 'maybe',
        overides: {},
      } as unknown as ClassifierOptions),
    {
      code: 'INVALID_SETTINGS',
      issues: [
        'overides is not a known option; the options are rules, overrides, unknown',
        'rules[0].when must be a class, code, kind or rule, an object with some of class, code, kind, rule, or a function',
        "unknown must be 'transient' or 'persistent', got 'maybe'",
        "'http.999' is not a built-in rule; their names are like 'postgres.23505' or 'http.404'",
        'http.404: persistent errors are not retryable; change both class and retryable',
        'http.503: reachedServer cannot be changed; these can: class, retryable, countsAgainstBreaker, scope',
        "http.503: class must be one of transient, persistent, system, got 'fatal'",
      ],
    },
  );
  const classifier = createClassifier();
  assert.throws(() => classifier.override('http.404', { retryable: true }), { code: 'INVALID_SETTINGS' });
  assert.deepEqual(classifier.overrides, {});
});

const names = classificationTable.flatMap(({ rows }) => rows.map(({ verdict }) => verdict.rule));

test('each rule is in the table once, with its citation', () => {
  assert.deepEqual(
    names.filter((name, place) => names.indexOf(name) !== place),
    [],
  );
  for (const { citation } of classificationTable.flatMap(({ rows }) => rows)) assert.match(citation, /\w{3}/);
  assert.ok(names.length > 500, `${names.length} rules`);
});

test('whatever the corpus is answered, its rule is in the table', () => {
  for (const { id, make } of corpus) {
    const { error, context } = make();
    const { rule } = classify(error, context);
    assert.ok(names.includes(rule), `${id}: ${rule}`);
  }
});
