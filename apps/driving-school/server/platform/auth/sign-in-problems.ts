import { ProblemError } from '../http/problems.ts';

/** Somebody has to wait, because too many tries have failed. */
export function tooManyTries(waitMs: number): ProblemError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new ProblemError({
    status: 429,
    code: 'too_many_tries',
    title: 'Too many tries',
    detail: `Too many sign-ins have failed. Wait ${seconds} second${seconds === 1 ? '' : 's'} and try again.`,
    headers: { 'retry-after': String(seconds) },
  });
}

/** More passwords are to be checked at this moment than can be. */
export function busy(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'sign_in_busy',
    title: 'Busy',
    detail: 'Many people sign in at this moment. Try again in a few seconds.',
    headers: { 'retry-after': '2' },
    cause,
  });
}

/** Passwords and codes cannot be checked now. */
export function signInClosed(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'sign_in_closed',
    title: 'Sign-in is closed for the moment',
    detail:
      'Nobody can sign in while the database cannot be reached. Whoever is signed in can go on reading. Try again in a minute.',
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
