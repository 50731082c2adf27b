import type { ColumnType, Generated } from 'kysely';
import type { Role } from '../../../contract/session.ts';

/** The tables of sign-in: `migrations/0001-identity.sql` and `0006-accounts.sql`. Types, because Kysely needs an index signature. */
export type IdentityTables = {
  schools: SchoolTable;
  users: UserTable;
  one_time_links: OneTimeLinkTable;
  sessions: SessionTable;
  second_factors: SecondFactorTable;
  recovery_codes: RecoveryCodeTable;
};

type SchoolTable = {
  id: Generated<string>;
  name: string;
  second_factor_required: Generated<boolean>;
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
  purpose: 'owner' | 'invited' | 'new-password' | 'owner-recovery';
  expires_at: Date;
  used_at: Date | null;
  created_at: Timestamp;
};

type SessionTable = {
  id: string;
  user_id: string;
  session_epoch: number;
  device: string;
  created_at: Date;
  last_seen_at: Date;
  ended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
};

type SecondFactorTable = {
  user_id: string;
  secret_sealed: Buffer;
  last_step: number;
  wrong_codes: Generated<number>;
  recovery_salt: Buffer;
  enabled_at: Date;
};

type RecoveryCodeTable = {
  user_id: string;
  code_hash: Buffer;
  used_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
};

type Timestamp = ColumnType<Date, Date | undefined, Date>;
