import type { ColumnType, Generated } from 'kysely';
import type { Role } from '../../../contract/session.ts';

/** The tables that sign-in owns: `migrations/0001-identity.sql`. Types, not interfaces: Kysely wants an index signature. */
export type IdentityTables = {
  schools: SchoolTable;
  users: UserTable;
  one_time_links: OneTimeLinkTable;
};

type SchoolTable = {
  id: Generated<string>;
  name: string;
  created_at: Timestamp;
};

type UserTable = {
  id: Generated<string>;
  school_id: string;
  role: Role;
  name: string;
  email: string | null;
  password_hash: string | null;
  disabled: Generated<boolean>;
  session_epoch: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
};

type OneTimeLinkTable = {
  token_hash: Buffer;
  user_id: string;
  purpose: 'owner' | 'invited' | 'new-password';
  expires_at: Date;
  used_at: Date | null;
  created_at: Timestamp;
};

type Timestamp = ColumnType<Date, Date | undefined, Date>;
