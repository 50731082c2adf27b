import type { Clock, Pipeline } from 'dualbrake';
import type { Kysely } from 'kysely';
import type { ApplicationDatabase } from '../database/database.ts';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import type { IdentityTables } from './identity-tables.ts';
import type { LinkLimits } from './link-limits.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactors } from './second-factors.ts';
import type { SessionWatch } from './session-watch.ts';
import type { Sessions } from './sessions.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { UserDirectory } from './user-directory.ts';
import type { WeakPasswords } from './weak-passwords.ts';

/** The part of the database that sign-in uses. */
export interface IdentityDatabase {
  readonly kysely: ApplicationDatabase['kysely'];
  ready(): boolean;
}

/** The dependencies of sign-in. */
export interface AuthBase {
  readonly database: IdentityDatabase;
  readonly users: Kysely<IdentityTables>;
  readonly directory: UserDirectory;
  readonly sessions: Sessions;
  readonly watch: SessionWatch;
  readonly factors: SecondFactors;
  readonly passwords: Passwords;
  readonly weakPasswords: WeakPasswords;
  readonly limits: SignInLimits;
  readonly linkLimits: LinkLimits;
  /** `AuthPolicies.accounts`. */
  readonly pipeline: Pipeline;
  /** `AuthPolicies.anonymous`. */
  readonly anonymous: Pipeline;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** The school's clock, if it is set for a demonstration. Sessions follow `wallClock`. */
  readonly demonstrationClock: WallClock | undefined;
  /** Remaining milliseconds of an operator's isolation of the database; undefined without one. */
  readonly isolatedForMs: () => number | undefined;
  readonly idleMs: number;
  readonly log: Log;
}
