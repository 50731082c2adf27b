import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoAnswer, ProblemResponse } from '../api.ts';
import { Submission, type SubmitOptions } from './submission.ts';

interface Form {
  readonly name: string;
}

function submissionOf(
  options: Omit<SubmitOptions<Form, 'name'>, 'fields'>,
  { closed }: { readonly closed?: string } = {},
) {
  const host = { focused: 0, disabledReason: () => closed, focusFirstProblem: () => void (host.focused += 1) };
  const submission = new Submission<Form, 'name'>(() => ({ fields: ['name'], ...options }), host);
  return { submission, host };
}

function problem(status: number, body: object): ProblemResponse {
  return new ProblemResponse(new Response(null, { status }), { title: 'Title', detail: 'Detail.', ...body });
}

const zoe: Form = { name: 'Zoé' };

test('a submission is busy until its answer, and sends nothing else meanwhile', async () => {
  const answer = Promise.withResolvers<void>();
  const sent: Form[] = [];
  const { submission } = submissionOf({
    send(form) {
      sent.push(form);
      return answer.promise;
    },
  });

  const submitted = submission.submit(zoe);
  void submission.submit(zoe);
  assert.deepEqual([submission.busy, submission.sending], [true, zoe]);
  answer.resolve();
  await submitted;

  assert.deepEqual([submission.busy, submission.sending, sent.length], [false, undefined, 1]);
});

test('a retry of the same content has the same key; other content and the next change have new keys', async () => {
  const keys: string[] = [];
  let fails = true;
  const { submission } = submissionOf({
    repeatable: true,
    async send(_, key) {
      keys.push(key);
      if (fails) throw new NoAnswer(undefined);
    },
  });

  await submission.submit(zoe);
  await submission.submit(zoe);
  await submission.submit({ name: 'Luc' });
  fails = false;
  await submission.submit({ name: 'Luc' });
  await submission.submit({ name: 'Luc' });

  const [first, retry, other, otherRetry, second] = keys;
  assert.equal(retry, first);
  assert.notEqual(other, first);
  assert.equal(otherRetry, other);
  assert.notEqual(second, other);
});

test('invalid content is not sent, and the first field with a problem is focused', async () => {
  let sent = 0;
  const { submission, host } = submissionOf({
    check: ({ name }) => ({ name: name === '' ? 'Enter a name.' : undefined }),
    send: async () => void (sent += 1),
  });

  await submission.submit({ name: '' });
  assert.deepEqual([submission.problems.name, host.focused, sent], ['Enter a name.', 1, 0]);

  await submission.submit(zoe);
  assert.deepEqual([submission.problems.name, host.focused, sent], [undefined, 1, 1]);
});

test('problems from the server are mapped to fields, and others are shown as a failure', async () => {
  const errors = [
    { pointer: '/name', message: 'Too long.' },
    { pointer: '/role', message: 'Choose a role.' },
  ];
  const { submission, host } = submissionOf({ send: () => Promise.reject(problem(422, { errors })) });

  await submission.submit(zoe);

  assert.deepEqual(submission.problems, { name: 'Too long.' });
  assert.deepEqual(submission.failure, { title: 'Title', detail: 'Choose a role.', status: 422 });
  assert.equal(host.focused, 1);
});

test('without an answer the outcome is unknown', async () => {
  const send = (): Promise<never> => Promise.reject(new NoAnswer(undefined));
  const { submission: once } = submissionOf({ send });
  const { submission: repeatable } = submissionOf({ send, repeatable: true });

  await once.submit(zoe);
  await repeatable.submit(zoe);

  assert.equal(once.failure?.title, 'Your changes may not have been saved');
  assert.match(once.failure.detail, /^Check whether the change was made/);
  assert.match(repeatable.failure?.detail ?? '', /only once/);
});

test('the next attempt clears the failure', async () => {
  let fails = true;
  const { submission } = submissionOf({
    send: () => (fails ? Promise.reject(problem(409, {})) : Promise.resolve()),
  });
  await submission.submit(zoe);
  assert.equal(submission.failure?.status, 409);

  fails = false;
  await submission.submit(zoe);
  assert.equal(submission.failure, undefined);
});

test('a form can explain some errors; others have the default explanation', async () => {
  let status = 401;
  const { submission } = submissionOf({
    send: () => Promise.reject(problem(status, {})),
    explain: (error, { name }) =>
      error instanceof ProblemResponse && error.status === 401
        ? { problems: { name: `${name} is wrong.` } }
        : undefined,
  });

  await submission.submit(zoe);
  assert.deepEqual([submission.problems.name, submission.failure], ['Zoé is wrong.', undefined]);

  status = 403;
  await submission.submit(zoe);
  assert.deepEqual([submission.problems.name, submission.failure?.status], [undefined, 403]);
});

test('nothing is sent while the submission is disabled', async () => {
  let sent = 0;
  const { submission } = submissionOf({ send: async () => void (sent += 1) }, { closed: 'The database is down.' });
  await submission.submit(zoe);
  assert.deepEqual([sent, submission.disabledReason], [0, 'The database is down.']);
});

test('a bug is not shown as a failure, and the submission is usable again', async () => {
  const { submission } = submissionOf({ send: () => Promise.reject(new TypeError('x is undefined')) });
  await assert.rejects(submission.submit(zoe), TypeError);
  assert.deepEqual([submission.failure, submission.busy], [undefined, false]);
});

test('a field can be marked and unmarked while the user types, without moving the focus', () => {
  const { submission, host } = submissionOf({ send: () => Promise.resolve() });
  submission.setProblem('name', 'Too long.');
  assert.equal(submission.problems.name, 'Too long.');
  submission.setProblem('name', undefined);
  assert.equal(submission.problems.name, undefined);
  assert.equal(host.focused, 0);
});
