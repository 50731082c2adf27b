import { ProblemError } from '../http/problems.ts';

/** What a violated rule of one address per person means over HTTP; nothing for any other error. */
export function emailIsTaken(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || Reflect.get(error, 'constraint') !== 'users_email') return undefined;
  const message = 'Someone else already uses this e-mail address.';
  return new ProblemError({
    status: 422,
    code: 'invalid_request',
    title: 'Some values are not valid',
    detail: message,
    errors: [{ pointer: '/email', code: 'taken', message }],
  });
}
