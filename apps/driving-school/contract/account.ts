import { z } from 'zod';
import { sessionUserSchema } from './session.ts';

/** Length and period of an authenticator app's codes: the values that every app supports. */
export const codeDigits = 6;
export const codePeriodSeconds = 30;
/** The number of recovery codes per user. */
export const recoveryCodeCount = 10;

/**
 * A typed code: six digits from the app, or a recovery code such as `4T7X-9KQ2-MZ3B-W8RD`. Spaces, hyphens and case are
 * ignored.
 */
const typedCode = z.string().trim().min(1, 'Enter a code.').max(40, 'Enter at most 40 characters.');
const typedPassword = z.string().min(1, 'Enter your password.').max(1_000, 'Enter at most 1,000 characters.');

/** The answer of `POST /api/session` and `POST /api/welcome` with status 202: the password is correct; one step remains. */
export const signInStepSchema = z.object({
  /** `code`: send a code. `setup`: set up an authenticator app first, because the school requires it. */
  step: z.enum(['code', 'setup']),
  /** After this, the password must be entered again. */
  expires_at: z.iso.datetime({ offset: true }),
});
export type SignInStep = z.infer<typeof signInStepSchema>;

/** `POST /api/session/code`, `POST /api/account/second-factor` and `POST /api/session/setup`. */
export const codeSchema = z.object({ code: typedCode });

/** The answer of `POST /api/session/code`. */
export const codeAcceptedSchema = z.object({
  user: sessionUserSchema,
  /** The number of unused recovery codes. Present when one was used to sign in. */
  recovery_codes_left: z.int().optional(),
});
export type CodeAccepted = z.infer<typeof codeAcceptedSchema>;

/** `POST /api/session/confirm`: the password, or a code of the second factor. */
export const confirmSchema = z
  .strictObject({ password: typedPassword.optional(), code: typedCode.optional() })
  .refine(
    ({ password, code }) => (password === undefined) !== (code === undefined),
    'Send either the password or a code.',
  );
export type Confirm = z.infer<typeof confirmSchema>;

/** The secret for an authenticator app. Shown once. */
export const enrolmentSchema = z.object({
  /** Base32, to be typed into the app. */
  secret: z.string(),
  /** `otpauth://totp/...`, for the QR code. */
  uri: z.string(),
  expires_at: z.iso.datetime({ offset: true }),
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** New recovery codes. Shown once; older ones no longer work. */
export const recoveryCodesSchema = z.object({ recovery_codes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof recoveryCodesSchema>;

/** The answer of `POST /api/session/setup`: the second factor is on and the user is signed in. */
export const setUpSchema = recoveryCodesSchema.extend({ user: sessionUserSchema });
export type SetUp = z.infer<typeof setUpSchema>;

/** `GET /api/account`. */
export const accountSchema = z.object({
  user: sessionUserSchema,
  second_factor: z.object({
    enabled: z.boolean(),
    enabled_at: z.iso.datetime({ offset: true }).nullable(),
    recovery_codes_left: z.int(),
    /** Whether the school requires it of this user. */
    required: z.boolean(),
    /** Whether the school requires it of owners and operators. */
    rule: z.boolean(),
  }),
});
export type Account = z.infer<typeof accountSchema>;

/** `POST /api/account/password`. */
export const passwordChangeSchema = z.object({ current_password: typedPassword, new_password: typedPassword });
export type PasswordChange = z.infer<typeof passwordChangeSchema>;

/** `PUT /api/account/second-factor/rule`. */
export const secondFactorRuleSchema = z.object({ required: z.boolean('Send true or false.') });

export const ownSessionSchema = z.object({
  id: z.string(),
  /** Such as `Chrome on Windows`. */
  device: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  last_seen_at: z.iso.datetime({ offset: true }),
  /** The session of this request. */
  current: z.boolean(),
});
export type OwnSession = z.infer<typeof ownSessionSchema>;
/** `GET /api/account/sessions`: newest activity first. */
export const ownSessionListSchema = z.object({ data: z.array(ownSessionSchema) });
/** `DELETE /api/account/sessions`. */
export const endedSessionsSchema = z.object({ ended: z.int() });
