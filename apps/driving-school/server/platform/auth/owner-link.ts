import type { Kysely } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';
import { oneTimeLinks, type LinkPurpose, type OneTimeLink } from './one-time-links.ts';
import { recordPersonEvent } from './person-audit.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** How the school's first owner can sign up. */
export type FirstOwner =
  /** An owner already has a password. */
  | { readonly state: 'signed-up' }
  /** An earlier link is still valid. Its token is not stored, so it can't be shown again. */
  | { readonly state: 'invited'; readonly until: Date }
  | { readonly state: 'new-link'; readonly link: OneTimeLink };

/**
 * Creates the link with which the first owner chooses a password, unless there is a valid one: a restart or a second
 * instance must not end a link that is about to be used.
 */
export async function firstOwnerLink(users: Kysely<IdentityTables>): Promise<FirstOwner> {
  return users.transaction().execute(async (transaction): Promise<FirstOwner> => {
    const owner = await userRepository.ownerWithoutPassword(transaction);
    if (owner === undefined) return { state: 'signed-up' };
    const until = await oneTimeLinks.workingUntil(transaction, owner.id);
    if (until !== undefined) return { state: 'invited', until };
    return { state: 'new-link', link: await oneTimeLinks.issue(transaction, owner.id, 'owner') };
  });
}

/** There is no matching owner, or more than one. */
export class OwnerNotFoundError extends Error {
  override readonly name = 'OwnerNotFoundError';
  readonly code = 'OWNER_NOT_FOUND';
}

/**
 * Creates a link with which an owner chooses a new password, for a command on the server. Earlier links end; the password
 * stays until the link is used.
 *
 * @param email the owner; may be omitted when there is only one
 * @throws OwnerNotFoundError with a message for the terminal
 */
export async function newOwnerLink(
  users: Kysely<IdentityTables>,
  { email }: { readonly email?: string | undefined } = {},
): Promise<{ readonly link: OneTimeLink; readonly owner: UserRecord }> {
  return users.transaction().execute(async (transaction) => {
    const owner = chosen(await userRepository.owners(transaction), email?.trim().toLowerCase());
    const purpose = purposeFor(owner);
    const link = await oneTimeLinks.issue(transaction, owner.id, purpose);
    await recordPersonEvent(transaction, {
      actorId: undefined,
      action: 'owner_link.created',
      person: owner,
      detail: { purpose },
    });
    return { link, owner };
  });
}

function chosen(owners: readonly UserRecord[], email: string | undefined): UserRecord {
  const able = owners.filter(({ disabled }) => !disabled);
  const known = able.map((owner) => owner.email ?? '(no e-mail address yet)').join(', ');
  const [first, ...others] = email === undefined ? able : able.filter((owner) => owner.email === email);
  if (first === undefined) {
    throw new OwnerNotFoundError(
      email === undefined
        ? 'All owners are disabled.'
        : `No owner has the e-mail address ${JSON.stringify(email)}. Owners: ${known}.`,
    );
  }
  if (others.length > 0) {
    throw new OwnerNotFoundError(`There are ${able.length} owners. Choose one with --email: ${known}.`);
  }
  return first;
}

function purposeFor({ passwordHash, email }: UserRecord): LinkPurpose {
  // The owner may have lost the second factor as well, so the link turns it off.
  if (passwordHash !== undefined) return 'owner-recovery';
  return email === undefined ? 'owner' : 'invited';
}
