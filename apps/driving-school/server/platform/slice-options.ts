import type { Pipeline } from 'dualbrake';
import type { DatabaseSync } from 'node:sqlite';
import type { DatabaseHandle } from './database/handle.ts';
import type { Idempotency } from './idempotency.ts';
import type { Secrets } from './secrets.ts';
import type { WallClock } from './wall-clock.ts';

/** The options of every slice. */
export interface SliceOptions {
  readonly database: { readonly kysely: DatabaseHandle };
  /** The local store, for copies. */
  readonly local: DatabaseSync;
  readonly secrets: Pick<Secrets, 'derive'>;
  readonly idempotency: Idempotency;
  readonly policies: {
    readonly databaseRead: Pipeline;
    readonly databaseWrite: Pipeline;
    readonly databaseWriteOnce: Pipeline;
    readonly booking: Pipeline;
    readonly bookingOnce: Pipeline;
    readonly standby: Pipeline;
  };
  readonly log: {
    info(facts: object, sentence: string): void;
    warn(facts: object, sentence: string): void;
  };
  readonly wallClock: WallClock;
}
