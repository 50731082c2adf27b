import { BulkheadFullError, classify } from 'dualbrake';
import { isolationProblem, ProblemError } from '../http/problems.ts';
import { PasswordsBusyError } from './passwords.ts';

/** Too many failed before this try. */
export function tooManyTries(waitMs: number, what: 'sign-ins' | 'links' = 'sign-ins'): ProblemError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new ProblemError({
    status: 429,
    code: 'too_many_tries',
    title: 'Too many attempts',
    detail: `Too many ${what} have failed. Wait ${seconds} second${seconds === 1 ? '' : 's'} and try again.`,
    headers: { 'retry-after': String(seconds) },
  });
}

/** What somebody who wants to come in hears when that could not be decided; other errors go through unchanged. */
export function signInProblem(error: unknown): unknown {
  if (error instanceof ProblemError) return error;
  if (error instanceof PasswordsBusyError || error instanceof BulkheadFullError) return busy(error);
  // What the database refuses on purpose is a bug on our side, not an outage.
  return classify(error).class === 'persistent' ? error : unavailable(error);
}

function busy(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'sign_in_busy',
    title: 'Busy',
    detail: 'Many people are signing in right now. Try again in a few seconds.',
    headers: { 'retry-after': '2' },
    cause,
  });
}

function unavailable(cause: unknown): ProblemError {
  const isolated = isolationProblem(
    cause,
    '',
    'Nobody can sign in until then. People who are already signed in can keep reading.',
  );
  if (isolated !== undefined) return isolated;
  return new ProblemError({
    status: 503,
    code: 'sign_in_closed',
    title: 'Sign-in is temporarily unavailable',
    detail:
      "Nobody can sign in while the database can't be reached. People who are already signed in can keep reading. Try again in a minute.",
    headers: { 'retry-after': '5' },
    cause,
  });
}

/** The password was right, but the step that was left took too long, or the person has been changed since. */
export function signInAgain(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'sign_in_again',
    title: 'Start again',
    detail: 'This took too long, or your account has changed. Enter your e-mail address and password again.',
  });
}
