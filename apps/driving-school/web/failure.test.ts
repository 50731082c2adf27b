import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoAnswer, ProblemResponse } from './api.ts';
import { failureOf, saveFailureOf } from './failure.ts';

function problem(status: number, detail: string): ProblemResponse {
  const body = {
    type: 'urn:x',
    title: 'Temporarily unavailable',
    status,
    detail,
    instance: '',
    code: 'c',
    correlation_id: '',
  };
  return new ProblemResponse(new Response(null, { status, headers: { 'retry-after': '5' } }), body);
}

test('"Nothing was saved" becomes the title', () => {
  assert.deepEqual(saveFailureOf(problem(503, 'Nothing was saved. Try again in a moment.')), {
    status: 503,
    title: 'Nothing was saved',
    detail: 'Try again in a moment.',
  });
});

test('the outcome is unknown when there is no answer, or the answer does not report it', () => {
  for (const error of [problem(503, 'The database stopped answering while it was saving.'), new NoAnswer(undefined)]) {
    assert.equal(saveFailureOf(error).title, 'Your changes may not have been saved');
    assert.match(saveFailureOf(error).detail, /^Check whether the change was made/);
    assert.match(saveFailureOf(error, { repeatable: true }).detail, /only once/);
  }
});

test('a refusal is shown with the server’s text', () => {
  assert.deepEqual(saveFailureOf(problem(409, 'This is the only owner.')), {
    status: 409,
    title: 'Temporarily unavailable',
    detail: 'This is the only owner.',
  });
});

test('an expired session is reported with its effect on the form', () => {
  assert.deepEqual(saveFailureOf(problem(401, 'Sign in.')), {
    status: 401,
    title: 'Your session has ended',
    detail: 'Nothing was saved. Your changes are still on this page: sign in and save again.',
  });
});

test('an answer that is not a problem document is explained with a sentence', () => {
  const error = new ProblemResponse(new Response(null, { status: 502 }), '<html>');
  assert.equal(failureOf(error).detail, 'The server answered 502. Try again in a moment.');
  assert.equal(problem(429, 'Wait.').retryAfterMs, 5_000);
});

test('a bug is thrown and not shown as an outage', () => {
  assert.throws(() => failureOf(new TypeError('x is undefined')), TypeError);
});
