import {
  bulkhead,
  CircuitBreaker,
  type Classifier,
  classify,
  type Pipeline,
  type Policy,
  type Registry,
  retry,
  timeout,
} from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';

/** Classifies errors as errors of the database: a lost connection is the database's fault, not the caller's. */
const databaseErrors: Classifier = (error, context) => classify(error, { ...context, dependency: 'database' });

/** Creates a breaker with the settings of `databaseBreaker`. Only tests need another one. */
export function createDatabaseBreaker(): CircuitBreaker {
  return new CircuitBreaker({
    name: 'database',
    failureThreshold: 5,
    resetTimeoutMs: 5_000,
    classify: databaseErrors,
  });
}

/**
 * The one circuit breaker of the one database (docs/decisions/0044). A constant, because decorated methods need it when
 * their class is defined.
 */
export const databaseBreaker = createDatabaseBreaker();

/** Retries calls that failed before they reached the database, and calls that are safe to repeat. */
const databaseRetry = {
  strategy: 'exponential',
  maxAttempts: 3,
  baseMs: 40,
  maxMs: 250,
  classify: databaseErrors,
} as const;

/**
 * The settings of `StudentService.getStudentData`, whose policies are decorators.
 * Three attempts of at most 400 ms and the delays between them stay below the 2 s of the route.
 */
export const studentReading = {
  breaker: databaseBreaker,
  retry: { ...databaseRetry, factor: 2, jitter: 'full' },
  attempt: { limitMs: 400 },
} as const;

/** Every pipeline of the application. */
export interface Policies {
  /** The live read of `GET /api/students/{student_id}`. */
  readonly getStudent: Pipeline;
  /** Lists and searches. */
  readonly databaseRead: Pipeline;
  /** A change without an Idempotency-Key, which is never retried. */
  readonly databaseWrite: Pipeline;
  /** A change with an Idempotency-Key, which takes effect once however often it is sent. */
  readonly databaseWriteOnce: Pipeline;
  /**
   * A change of lessons. Waits longer than other changes: bookings of the same resources run one after the other. Retried
   * when it has certainly not taken effect.
   */
  readonly booking: Pipeline;
  /** The same with an Idempotency-Key. */
  readonly bookingOnce: Pipeline;
  /** Copies the lessons of the coming days to this machine, in the background. */
  readonly standby: Pipeline;
  /** Thousands of rows in one transaction. */
  readonly databaseImport: Pipeline;
  /** Checks the session of a signed-in user. Part of every request, so it must be quick. */
  readonly sessionCheck: Pipeline;
  /** Sign-in from known devices, and changes by signed-in users. Never retried. */
  readonly accounts: Pipeline;
  /** Requests that anyone can make without signing in: sign-in from new devices, one-time links. */
  readonly anonymous: Pipeline;
}

/** Options of the pipelines. */
export interface PolicyOptions {
  /** Default: `databaseBreaker`. Tests with their own registry pass one from `createDatabaseBreaker`. */
  readonly breaker?: CircuitBreaker;
  /** Whether operators can inject faults into database calls. Default false. */
  readonly drills?: boolean;
  /** Connections to the database, 2 or more. Default 10. */
  readonly connections?: number;
}

/** As many as the pool of the database has by default. */
const connectionsDefault = 10;
/** Calls that wait for a connection; more are refused. */
const queueMax = 100;
/** How long a call waits for a connection before it is refused, in milliseconds. */
const queueWaitMs = 1_000;

/** Creates the pipelines, outermost policy first. */
export function createPolicies(
  registry: Registry,
  { breaker: database = databaseBreaker, drills = false, connections = connectionsDefault }: PolicyOptions = {},
): Policies {
  // Innermost, because it replaces the database. Without this policy, no drill can be started.
  const drill = drills ? [faultInjection({ name: 'database-drill' })] : [];
  const guarded = (limitMs: number) => [database, timeout({ limitMs }), ...drill];
  // Calls wait here and never inside the pool, where a wait that is too long looks like a database that can't be reached.
  // A full database is busy, not down: the breaker, further inside, does not count it.
  const waiting = { queue: queueMax, maxWaitMs: queueWaitMs };
  const connectionSlots = bulkhead({ name: 'database-connections', limit: connections, ...waiting });
  // Changes that wait for locks leave connections for reads.
  const writeSlots = bulkhead({
    name: 'database-writes',
    limit: Math.max(1, Math.floor(connections * 0.7)),
    ...waiting,
  });
  const writing = [writeSlots, connectionSlots];
  // Bookings of one instructor run one after the other. They wait here and not for a connection, of which the others
  // stay free for everything else.
  const bookingSlots = bulkhead({ name: 'booking-slots', limit: 5, queue: 200, maxWaitMs: 15_000 });
  return {
    getStudent: registry.pipeline('GET /api/students/{student_id}', [
      timeout({ limitMs: 2_000 }),
      connectionSlots,
      // The route's breaker counts whole reads; `database` counts their attempts.
      new CircuitBreaker({
        name: 'students-route',
        failureThreshold: 5,
        resetTimeoutMs: 5_000,
        classify: databaseErrors,
      }),
      // Skips errors that the service below has already retried (R-RETRY-6).
      retry({ strategy: 'immediate', classify: databaseErrors }),
    ]),
    databaseRead: registry.pipeline('database-read', [connectionSlots, retry(databaseRetry), ...guarded(1_000)]),
    databaseWrite: registry.pipeline('database-write', [...writing, ...guarded(3_000)]),
    databaseWriteOnce: registry.pipeline('database-write-once', [...writing, retry(databaseRetry), ...guarded(3_000)]),
    // Repeats only what has certainly not taken effect, such as a transaction that the database has ended as the victim of
    // a deadlock.
    booking: registry.pipeline('booking', [
      bookingSlots,
      ...writing,
      retry({ ...databaseRetry, idempotent: false }),
      ...guarded(9_000),
    ]),
    bookingOnce: registry.pipeline('booking-once', [bookingSlots, ...writing, retry(databaseRetry), ...guarded(9_000)]),
    standby: registry.pipeline('standby', [connectionSlots, retry(databaseRetry), ...guarded(5_000)]),
    databaseImport: registry.pipeline('database-import', [...writing, ...guarded(9_000)]),
    sessionCheck: registry.pipeline('session-check', [connectionSlots, database, timeout({ limitMs: 500 })]),
    accounts: registry.pipeline('identity', [...writing, database, timeout({ limitMs: 3_000 })]),
    anonymous: registry.pipeline('sign-in', [
      // 3 of the database's 10 connections. With a longer queue, calls would time out before their turn.
      bulkhead({ name: 'sign-in-slots', limit: 3, queue: 20, maxWaitMs: 2_000 }),
      connectionSlots,
      refusedBy(database),
      timeout({ limitMs: 3_000 }),
    ]),
  };
}

/**
 * Refuses calls while a breaker is open, without reporting results to it: anonymous calls must neither open the breaker
 * for signed-in users nor take its probes (docs/decisions/0044).
 */
function refusedBy(breaker: CircuitBreaker): Policy {
  return {
    name: `follows-${breaker.name}`,
    run(call, next) {
      // Not refused while half-open: the breaker stays half-open until a signed-in user makes a call.
      const refusal = breaker.state === 'open' ? breaker.gate(call)() : undefined;
      return refusal === undefined ? next(call) : Promise.reject(refusal);
    },
  };
}
