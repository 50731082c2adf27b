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

/** What the steps and the routes of sign-in are built from. */
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
  /** Guards reading and writing of people. Nothing is repeated: a person presses the button again. */
  readonly pipeline: Pipeline;
  /** Guards what anybody can ask for: a few at a time, with a breaker of its own. */
  readonly strangers: Pipeline;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** For how many more milliseconds an operator blocks the database; nothing while nobody does. */
  readonly isolatedForMs: () => number | undefined;
  readonly idleMs: number;
  readonly log: Log;
}
