import { BulkheadFullError, classify } from 'dualbrake';
import { invalidValues, isolationProblem, ProblemError, type ProblemOptions } from '../http/problems.ts';
import { PasswordsBusyError } from './passwords.ts';

/** Every problem of sign-in, accounts and people whose text is fixed. */
const problems = {
  wrongEmailOrPassword: {
    status: 401,
    code: 'wrong_password',
    title: 'Not signed in',
    // The same for an unknown address, a wrong password and a disabled person, so that guessing reveals nothing.
    detail: 'Incorrect e-mail or password.',
  },
  wrongPassword: {
    status: 401,
    code: 'wrong_password',
    title: 'Incorrect password',
    detail: 'This is not your password. Try again.',
  },
  wrongCode: {
    status: 401,
    code: 'wrong_code',
    title: 'Code not accepted',
    detail:
      'This code is wrong, too old, or has been used. Wait until the app shows a new code, and check that the device’s clock is right.',
  },
  codesLocked: {
    status: 401,
    code: 'codes_locked',
    title: 'Authenticator codes are locked',
    detail: 'Too many wrong codes were entered. Use a recovery code, or ask an owner to reset your second factor.',
  },
  signInAgain: {
    status: 401,
    code: 'sign_in_again',
    title: 'Start again',
    detail: 'This took too long, or your account has changed. Enter your e-mail address and password again.',
  },
  signInUnconfirmed: {
    status: 503,
    code: 'sign_in_unconfirmed',
    title: 'Temporarily unavailable',
    detail: "The database can't be reached, and this server has no recent copy of your account. Try again in a minute.",
    headers: { 'retry-after': '5' },
  },
  signInBusy: {
    status: 503,
    code: 'sign_in_busy',
    title: 'Busy',
    detail: 'Many people are signing in right now. Try again in a few seconds.',
    headers: { 'retry-after': '2' },
  },
  signInUnavailable: {
    status: 503,
    code: 'sign_in_closed',
    title: 'Sign-in is temporarily unavailable',
    detail:
      "Nobody can sign in while the database can't be reached. People who are already signed in can keep reading. Try again in a minute.",
    headers: { 'retry-after': '5' },
  },
  setupExpired: {
    status: 409,
    code: 'setup_expired',
    title: 'Start the setup again',
    detail: 'The setup took too long. Start again and scan the new QR code.',
  },
  secondFactorRequired: {
    status: 409,
    code: 'second_factor_required',
    title: 'The school requires a second factor',
    detail: 'Your second factor stays on, because the school requires one for your role. You can set up another app.',
  },
  secondFactorOff: {
    status: 409,
    code: 'no_second_factor',
    title: 'Your second factor is off',
    detail: 'Turn your second factor on first.',
  },
  ownSecondFactorOff: {
    status: 409,
    code: 'no_second_factor',
    title: 'Your second factor is off',
    detail: 'Turn your own second factor on first, so that you can still sign in.',
  },
  lastOwner: {
    status: 409,
    code: 'last_owner',
    title: 'The school needs an owner',
    detail: 'This is the only owner who can sign in. Make someone else an owner first.',
  },
  personDisabled: {
    status: 409,
    code: 'person_disabled',
    title: 'This person is disabled',
    detail: 'Enable the person first, then create a link.',
  },
  emailInUse: {
    status: 409,
    code: 'email_in_use',
    title: 'This person signs in already',
    detail: 'The address of a person who has chosen a password can’t be changed with a link. Leave it out.',
  },
  accountNotFound: {
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'Your account no longer exists.',
  },
  sessionNotFound: {
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'This session has already ended.',
  },
  personNotFound: {
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'There is no such person.',
  },
  linkUnknown: {
    status: 404,
    code: 'link_unknown',
    title: 'This link is not valid',
    detail: 'Copy the whole link, or ask the owner of the school for a new one.',
  },
  linkUsed: {
    status: 410,
    code: 'link_used',
    title: 'This link no longer works',
    detail: 'It has already been used. Sign in with your password, or ask the owner of the school for a new link.',
  },
  linkExpired: {
    status: 410,
    code: 'link_expired',
    title: 'This link no longer works',
    detail:
      'It has expired. Ask the owner of the school for a new one. If you are the owner, run npm run owner-link on the server.',
  },
} satisfies Record<string, ProblemOptions>;

/** A problem of sign-in, accounts or people. */
export function authProblem(name: keyof typeof problems, cause?: unknown): ProblemError {
  return new ProblemError({ ...problems[name], cause });
}

/** Too many failed attempts came before this one. */
export function tooManyAttempts(waitMs: number, what: 'sign-ins' | 'links' = 'sign-ins'): ProblemError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new ProblemError({
    status: 429,
    code: 'too_many_tries',
    title: 'Too many attempts',
    detail: `Too many ${what} have failed. Wait ${seconds} second${seconds === 1 ? '' : 's'} and try again.`,
    headers: { 'retry-after': String(seconds) },
  });
}

/** Maps the error of a sign-in that could not be decided. Problems and bugs are returned unchanged. */
export function signInProblem(error: unknown): unknown {
  if (error instanceof ProblemError) return error;
  if (error instanceof PasswordsBusyError || error instanceof BulkheadFullError)
    return authProblem('signInBusy', error);
  // A persistent error of the database is a bug, not an outage.
  if (classify(error).class === 'persistent') return error;
  const consequence = 'Nobody can sign in until then. People who are already signed in can keep reading.';
  return isolationProblem(error, '', consequence) ?? authProblem('signInUnavailable', error);
}

/** The problem of a violated unique index on e-mail addresses; `undefined` for all other errors. */
export function emailTaken(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || Reflect.get(error, 'constraint') !== 'users_email') return undefined;
  return invalidValues([
    { pointer: '/email', code: 'taken', message: 'Someone else already uses this e-mail address.' },
  ]);
}
