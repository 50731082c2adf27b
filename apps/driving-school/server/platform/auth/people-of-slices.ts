import type { Kysely } from 'kysely';
import type { Actor, Role } from '../../../contract/session.ts';
import type { DatabaseTransaction } from '../database/handle.ts';
import type { IdentityTables } from './identity-tables.ts';
import { oneTimeLinks, type OneTimeLink } from './one-time-links.ts';
import { recordPersonEvent } from './person-audit.ts';
import { userRepository } from './user-repository.ts';

/** A user that a slice adds together with its own record. */
export interface PersonToAdd {
  readonly role: Role;
  readonly name: string;
  /** In lower case. Null: the person can't sign in until someone invites them. */
  readonly email: string | null;
}

/**
 * Adds a user in a transaction of the caller, with an audit entry; with an e-mail address also a one-time link. The unique
 * index `users_email` refuses addresses that are taken.
 */
export async function addPerson(
  transaction: DatabaseTransaction,
  { schoolId, userId }: Actor,
  { role, name, email }: PersonToAdd,
): Promise<{ readonly id: string; readonly link: OneTimeLink | undefined }> {
  const tables = identityTables(transaction);
  const person = await userRepository.insert(tables, { schoolId, role, name, email });
  await recordPersonEvent(tables, {
    actorId: userId,
    action: email === null ? 'person.added' : 'person.invited',
    person,
    detail: { role },
  });
  return { id: person.id, link: email === null ? undefined : await oneTimeLinks.issue(tables, person.id, 'invited') };
}

/** Renames a user in a transaction of the caller, with an audit entry. */
export async function renamePerson(
  transaction: DatabaseTransaction,
  { schoolId, userId }: Actor,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const tables = identityTables(transaction);
  await userRepository.update(tables, id, { name, endsSessions: false });
  await recordPersonEvent(tables, {
    actorId: userId,
    action: 'person.changed',
    person: { id, schoolId },
    detail: { name_changed: true },
  });
}

function identityTables(transaction: DatabaseTransaction): Kysely<IdentityTables> {
  return transaction as unknown as Kysely<IdentityTables>;
}
