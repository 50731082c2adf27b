import { z } from 'zod';
import { hasHiddenCharacters, hiddenCharactersMessage } from './hidden-characters.ts';

/** The roles of users. An operator runs the machine and sees no students. */
export const roles = ['owner', 'office', 'instructor', 'operator'] as const;
export const roleSchema = z.enum(roles, 'Choose a role: owner, office, instructor or operator.');
export type Role = z.infer<typeof roleSchema>;

/** The signed-in user of a request. */
export interface Actor {
  readonly userId: string;
  readonly schoolId: string;
  readonly role: Role;
  readonly name: string;
}

/** The shortest accepted password, in characters (NIST SP 800-63B requires 8). */
export const passwordLengthMin = 12;
/** The longest accepted password, in characters: longer ones take longer to hash. */
export const passwordLengthMax = 200;

const withoutHidden = (text: string): boolean => !hasHiddenCharacters(text);

const whatEmail = 'Enter an e-mail address such as name@example.ca.';
const personName = z
  .string('Enter a name.')
  .trim()
  .min(1, 'Enter a name.')
  .max(120, 'Enter at most 120 characters.')
  .refine(withoutHidden, hiddenCharactersMessage);
const email = z
  .string(whatEmail)
  .trim()
  .toLowerCase()
  .max(254, 'Enter at most 254 characters.')
  .refine(withoutHidden, whatEmail)
  .pipe(z.email(whatEmail));

/** The message when the body is not a JSON object. */
const noObject = 'Send a JSON object.';

/** `POST /api/session`. Accepts any e-mail address, so that a wrong guess reveals nothing. */
export const signInSchema = z.object(
  {
    email: z
      .string('Enter your e-mail address.')
      .trim()
      .toLowerCase()
      .min(1, 'Enter your e-mail address.')
      .max(254, 'Enter at most 254 characters.')
      .refine(withoutHidden, whatEmail),
    password: z
      .string('Enter your password.')
      .min(1, 'Enter your password.')
      .max(1_000, 'Enter at most 1,000 characters.'),
  },
  noObject,
);
export type SignIn = z.infer<typeof signInSchema>;

export const sessionUserSchema = z.object({ id: z.string(), name: z.string(), email: z.string(), role: roleSchema });
export type SessionUser = z.infer<typeof sessionUserSchema>;

/** The answer of `POST /api/session` and `POST /api/welcome`. */
export const signedInSchema = z.object({ user: sessionUserSchema });

/** The answer of `GET /api/session`. `as_of`: when the database last confirmed the user. */
export const sessionSchema = z.object({
  user: sessionUserSchema,
  /** `down` also while an operator has isolated the database. */
  database: z.enum(['up', 'down']),
  as_of: z.iso.datetime({ offset: true }),
  /** When an operator's isolation of the database ends; present only during one. */
  isolated_until: z.iso.datetime({ offset: true }).optional(),
  /** When the session ends unless the user is active. */
  idle_ends_at: z.iso.datetime({ offset: true }).optional(),
  school_now: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'The school’s clock; present only while it is set for a demonstration (SCHOOL_NOW)' }),
});
export type Session = z.infer<typeof sessionSchema>;

/** The part of a one-time link after `#`. The limit is longer than any link, so that a mangled one gets a clear message. */
const incompleteLink = 'This link is incomplete. Copy all of it, including the part after #.';
const token = z
  .string(incompleteLink)
  .trim()
  .min(1, incompleteLink)
  .max(200, 'This link is not valid. It is too long.');

/** `POST /api/welcome/check`. */
export const welcomeCheckSchema = z.object({ token }, noObject);
export const welcomeSchema = z.object({
  purpose: z.enum(['owner', 'invited', 'new-password', 'owner-recovery']),
  name: z.string().optional(),
  email: z.string().optional(),
  role: roleSchema,
});
export type Welcome = z.infer<typeof welcomeSchema>;

/** `POST /api/welcome`: uses the link, sets the password and signs in. */
export const welcomeAnswerSchema = z.object(
  {
    token,
    name: personName,
    email,
    password: z.string('Choose a password.').min(1, 'Choose a password.').max(1_000, 'Enter at most 1,000 characters.'),
  },
  noObject,
);
export type WelcomeAnswer = z.infer<typeof welcomeAnswerSchema>;

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  /** `invited`: has not chosen a password yet. */
  status: z.enum(['active', 'invited', 'disabled']),
  /** Whether the user signs in with a second factor. */
  second_factor: z.boolean(),
  created_at: z.iso.datetime({ offset: true }),
});
export type User = z.infer<typeof userSchema>;
export const userListSchema = z.object({ data: z.array(userSchema) });

/** `POST /api/users`. */
export const inviteSchema = z.object({ name: personName, email, role: roleSchema }, noObject);
export type Invite = z.infer<typeof inviteSchema>;

/** `POST /api/users/{id}/link`. `email`: sets the address of a person who has not chosen a password yet. */
export const linkRequestSchema = z.object({ email: email.optional() }, noObject).nullish();
export type LinkRequest = z.infer<typeof linkRequestSchema>;

/** A one-time link, which is shown only once. */
export const oneTimeLinkSchema = z.object({ url: z.string(), expires_at: z.iso.datetime({ offset: true }) });
export const invitedSchema = z.object({ data: userSchema, link: oneTimeLinkSchema });
export type Invited = z.infer<typeof invitedSchema>;

/** `PATCH /api/users/{id}`. */
export const userChangeSchema = z
  .strictObject(
    {
      role: roleSchema.optional(),
      disabled: z.boolean('Send true or false.').optional(),
      name: personName.optional(),
    },
    noObject,
  )
  .refine((change) => Object.keys(change).length > 0, 'Send at least one of role, disabled and name.');
export type UserChange = z.infer<typeof userChangeSchema>;
export const changedUserSchema = z.object({ data: userSchema });

/**
 * Checks a new password.
 *
 * @param person the owner of the password, which must not be their name or e-mail address
 * @returns the problem as a sentence; undefined when there is none
 */
export function passwordProblem(
  password: string,
  person: { readonly name: string; readonly email: string },
): string | undefined {
  const length = Array.from(password).length;
  if (length < passwordLengthMin) {
    return `Use at least ${passwordLengthMin} characters. Three or four unrelated words are easy to remember.`;
  }
  if (length > passwordLengthMax) return `Use at most ${passwordLengthMax} characters.`;
  const plain = password.trim().toLowerCase();
  const [mailbox] = person.email.toLowerCase().split('@');
  const known = [person.email, mailbox, person.name, person.name.replaceAll(/\s+/g, '')];
  if (known.some((text) => text !== undefined && text.trim().toLowerCase() === plain)) {
    return 'Do not use your name or your e-mail address as the password.';
  }
  if (new Set(plain).size < 5) return 'Use more than a few different characters.';
  return undefined;
}
