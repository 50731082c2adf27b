import { sql, type Kysely, type Selectable } from 'kysely';
import type { Role } from '../../../contract/session.ts';
import type { IdentityTables } from './identity-tables.ts';

/** Somebody of the school, as sign-in knows them. */
export interface UserRecord {
  readonly id: string;
  readonly schoolId: string;
  readonly role: Role;
  readonly name: string;
  readonly email: string | undefined;
  readonly passwordHash: string | undefined;
  readonly disabled: boolean;
  readonly sessionEpoch: number;
  readonly hasSecondFactor: boolean;
  /** Whether the school requires a second factor of people with this role. */
  readonly needsSecondFactor: boolean;
  /** Whether the school requires it of owners and operators. */
  readonly schoolNeedsSecondFactor: boolean;
  readonly schoolName: string;
  readonly createdAt: Date;
}

/** What is needed to write somebody down. */
export interface NewUser {
  readonly schoolId: string;
  readonly role: Role;
  readonly name: string;
  readonly email: string;
}

/** What can change. What is left out stays as it is. */
export interface UserPatch {
  readonly role?: Role;
  readonly name?: string;
  readonly email?: string;
  readonly passwordHash?: string;
  readonly disabled?: boolean;
  /** Whether cookies given out so far end. */
  readonly endsSessions: boolean;
}

/** SQL of the table `users`. Takes the connection as an argument, so that it can be part of a transaction. */
export const userRepository = {
  async find(database: Kysely<IdentityTables>, id: string): Promise<UserRecord | undefined> {
    return record(
      await database.selectFrom('users').selectAll().select(beyondTheRow).where('id', '=', id).executeTakeFirst(),
    );
  },

  async findByEmail(database: Kysely<IdentityTables>, email: string): Promise<UserRecord | undefined> {
    return record(
      await database.selectFrom('users').selectAll().select(beyondTheRow).where('email', '=', email).executeTakeFirst(),
    );
  },

  /** All of a school, by name. A school has tens of people, so there are no pages. */
  async list(database: Kysely<IdentityTables>, schoolId: string): Promise<UserRecord[]> {
    const rows = await database
      .selectFrom('users')
      .selectAll()
      .select(beyondTheRow)
      .where('school_id', '=', schoolId)
      .orderBy('name')
      .orderBy('id')
      .limit(1_000)
      .execute();
    return rows.map(toRecord);
  },

  async insert(database: Kysely<IdentityTables>, user: NewUser): Promise<UserRecord> {
    const row = await database
      .insertInto('users')
      .values({ school_id: user.schoolId, role: user.role, name: user.name, email: user.email })
      .returningAll()
      .returning(beyondTheRow)
      .executeTakeFirstOrThrow();
    return toRecord(row);
  },

  async update(database: Kysely<IdentityTables>, id: string, patch: UserPatch): Promise<UserRecord> {
    const row = await database
      .updateTable('users')
      .set({
        ...(patch.role === undefined ? {} : { role: patch.role }),
        ...(patch.name === undefined ? {} : { name: patch.name }),
        ...(patch.email === undefined ? {} : { email: patch.email }),
        ...(patch.passwordHash === undefined ? {} : { password_hash: patch.passwordHash }),
        ...(patch.disabled === undefined ? {} : { disabled: patch.disabled }),
        ...(patch.endsSessions ? { session_epoch: sql<number>`session_epoch + 1` } : {}),
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      .returningAll()
      .returning(beyondTheRow)
      .executeTakeFirstOrThrow();
    return toRecord(row);
  },

  /** The owners of a school who can sign in. Locks them, so that two owners cannot remove each other at once. */
  async lockActiveOwners(database: Kysely<IdentityTables>, schoolId: string): Promise<string[]> {
    const rows = await database
      .selectFrom('users')
      .select('id')
      .where('school_id', '=', schoolId)
      .where('role', '=', 'owner')
      .where('disabled', '=', false)
      .where('password_hash', 'is not', null)
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  },

  /** All owners, the first one first. Locks them, so that two who begin at the same moment do so one after the other. */
  async owners(transaction: Kysely<IdentityTables>): Promise<UserRecord[]> {
    const rows = await transaction
      .selectFrom('users')
      .selectAll()
      .select(beyondTheRow)
      .where('role', '=', 'owner')
      .orderBy('created_at')
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(toRecord);
  },

  /** The first owner, as long as no owner has chosen a password. Locks all owners. */
  async ownerWithoutPassword(transaction: Kysely<IdentityTables>): Promise<UserRecord | undefined> {
    const owners = await this.owners(transaction);
    return owners.some(({ passwordHash }) => passwordHash !== undefined) ? undefined : owners[0];
  },
};

/** What other tables say about a person. */
const beyondTheRow = [
  sql<boolean>`EXISTS (SELECT 1 FROM second_factors WHERE user_id = users.id)`.as('has_second_factor'),
  sql<boolean>`(SELECT second_factor_required FROM schools WHERE id = users.school_id)`.as('school_requires_factor'),
  sql<string>`(SELECT name FROM schools WHERE id = users.school_id)`.as('school_name'),
] as const;

interface Beyond {
  readonly has_second_factor: boolean;
  readonly school_requires_factor: boolean;
  readonly school_name: string;
}

type Row = Selectable<IdentityTables['users']> & Beyond;

/** Roles from which everything else can be taken over: the rule about second factors is for them. */
const powerfulRoles: readonly Role[] = ['owner', 'operator'];

function record(row: Row | undefined): UserRecord | undefined {
  return row === undefined ? undefined : toRecord(row);
}

function toRecord(row: Row): UserRecord {
  return {
    id: row.id,
    schoolId: row.school_id,
    role: row.role,
    name: row.name,
    email: row.email ?? undefined,
    passwordHash: row.password_hash ?? undefined,
    disabled: row.disabled,
    sessionEpoch: row.session_epoch,
    hasSecondFactor: row.has_second_factor,
    schoolNeedsSecondFactor: row.school_requires_factor,
    needsSecondFactor: row.school_requires_factor && powerfulRoles.includes(row.role),
    schoolName: row.school_name,
    createdAt: row.created_at,
  };
}
