import { randomUUIDv7 } from 'node:crypto';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Role } from '../../../contract/session.ts';
import type { IdentityTables } from './identity-tables.ts';

/** A user of a school. */
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
  /** Whether the school requires a second factor of this role. */
  readonly needsSecondFactor: boolean;
  /** Whether the school requires a second factor of owners and operators. */
  readonly schoolNeedsSecondFactor: boolean;
  readonly schoolName: string;
  readonly createdAt: Date;
}

/** The fields of a new user. */
export interface NewUser {
  readonly schoolId: string;
  readonly role: Role;
  readonly name: string;
  /** Null: can't sign in until someone invites them. */
  readonly email: string | null;
}

/** Changed fields. Omitted ones stay the same. */
export interface UserPatch {
  readonly role?: Role;
  readonly name?: string;
  readonly email?: string;
  readonly passwordHash?: string;
  readonly disabled?: boolean;
  /** Whether all earlier sessions end. */
  readonly endsSessions: boolean;
}

/** SQL of the table `users`. The handle is an argument, so that it can be a transaction. */
export const userRepository = {
  async find(database: Kysely<IdentityTables>, id: string): Promise<UserRecord | undefined> {
    return record(
      await database.selectFrom('users').selectAll().select(joinedColumns).where('id', '=', id).executeTakeFirst(),
    );
  },

  async findByEmail(database: Kysely<IdentityTables>, email: string): Promise<UserRecord | undefined> {
    return record(
      await database
        .selectFrom('users')
        .selectAll()
        .select(joinedColumns)
        .where('email', '=', email)
        .executeTakeFirst(),
    );
  },

  /** All users of a school, by name. A school has tens of them, so there are no pages. */
  async list(database: Kysely<IdentityTables>, schoolId: string): Promise<UserRecord[]> {
    const rows = await database
      .selectFrom('users')
      .selectAll()
      .select(joinedColumns)
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
      .values({ id: randomUUIDv7(), school_id: user.schoolId, role: user.role, name: user.name, email: user.email })
      .returningAll()
      .returning(joinedColumns)
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
      .returning(joinedColumns)
      .executeTakeFirstOrThrow();
    return toRecord(row);
  },

  /** The IDs of the owners who can sign in. Locks them, so that two owners can't remove each other concurrently. */
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

  /** All owners, the oldest first. Locks them, so that concurrent calls run one after the other. */
  async owners(transaction: Kysely<IdentityTables>): Promise<UserRecord[]> {
    const rows = await transaction
      .selectFrom('users')
      .selectAll()
      .select(joinedColumns)
      .where('role', '=', 'owner')
      .orderBy('created_at')
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(toRecord);
  },

  /** The first owner if no owner has chosen a password yet. Locks all owners. */
  async ownerWithoutPassword(transaction: Kysely<IdentityTables>): Promise<UserRecord | undefined> {
    const owners = await this.owners(transaction);
    return owners.some(({ passwordHash }) => passwordHash !== undefined) ? undefined : owners[0];
  },
};

/** Columns of other tables. */
const joinedColumns = [
  sql<boolean>`EXISTS (SELECT 1 FROM second_factors WHERE user_id = users.id)`.as('has_second_factor'),
  sql<boolean>`(SELECT second_factor_required FROM schools WHERE id = users.school_id)`.as('school_requires_factor'),
  sql<string>`(SELECT name FROM schools WHERE id = users.school_id)`.as('school_name'),
] as const;

interface JoinedColumns {
  readonly has_second_factor: boolean;
  readonly school_requires_factor: boolean;
  readonly school_name: string;
}

type Row = Selectable<IdentityTables['users']> & JoinedColumns;

/** Roles that can take over everything else. The rule about second factors applies to them. */
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
