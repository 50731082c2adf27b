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

/** Creates a breaker with the settings of `databaseBreaker`. Only tests need one of their own. */
export function createDatabaseBreaker(): CircuitBreaker {
  return new CircuitBreaker({
    name: 'database',
    failureThreshold: 5,
    resetTimeoutMs: 5_000,
    classify: databaseErrors,
  });
}

/**
 * The one circuit breaker of the one database (docs/decisions/0044). Every pipeline below uses it, and so do decorated
 * methods, which need it when their class is defined: hence a constant.
 */
export const databaseBreaker = createDatabaseBreaker();

/** Repeats what failed before it reached the database, or what is safe to repeat. */
const again = { strategy: 'exponential', maxAttempts: 3, baseMs: 40, maxMs: 250, classify: databaseErrors } as const;

/**
 * The settings of `StudentService.getStudentData`, whose policies are decorators.
 * Three attempts of at most 400 ms and the delays between them stay below the 2 s of the route.
 */
export const studentReading = {
  breaker: databaseBreaker,
  retry: { ...again, factor: 2, jitter: 'full' },
  attempt: { limitMs: 400 },
} as const;

/** Every pipeline of the application. */
export interface Policies {
  /** The whole live read of `GET /api/students/{student_id}`. */
  readonly getStudent: Pipeline;
  /** Lists and searches. */
  readonly databaseRead: Pipeline;
  /** A change without an Idempotency-Key: never repeated. */
  readonly databaseWrite: Pipeline;
  /** A change with an Idempotency-Key, which takes effect once however often it is sent. */
  readonly databaseWriteOnce: Pipeline;
  /** Thousands of rows in one transaction. */
  readonly databaseImport: Pipeline;
  /** Confirms the session of a signed-in user. Part of every request, so it must not take long. */
  readonly sessionCheck: Pipeline;
  /** Accounts: sign-in from known devices, and what signed-in users change. Nothing is repeated. */
  readonly accounts: Pipeline;
  /** What anyone can request without signing in: sign-in from new devices, one-time links. */
  readonly anonymous: Pipeline;
}

/** Options of the pipelines. */
export interface PolicyOptions {
  /** Default: `databaseBreaker`. Tests with a registry of their own pass one from `createDatabaseBreaker`. */
  readonly breaker?: CircuitBreaker;
  /** Whether operators can inject faults into database calls. Default false. */
  readonly drills?: boolean;
}

/** Creates the pipelines, outermost policy first. */
export function createPolicies(
  registry: Registry,
  { breaker: database = databaseBreaker, drills = false }: PolicyOptions = {},
): Policies {
  // Innermost, because it stands in for the database. Without the policy in the list, no drill can be started.
  const drill = drills ? [faultInjection({ name: 'database-drill' })] : [];
  const guarded = (limitMs: number) => [database, timeout({ limitMs }), ...drill];
  return {
    getStudent: registry.pipeline('GET /api/students/{student_id}', [
      timeout({ limitMs: 2_000 }),
      // A breaker of the route, not of the database: it counts whole reads, of which `database` sees the attempts.
      new CircuitBreaker({
        name: 'students-route',
        failureThreshold: 5,
        resetTimeoutMs: 5_000,
        classify: databaseErrors,
      }),
      // Repeats only what the service below has not: see R-RETRY-6.
      retry({ strategy: 'immediate', classify: databaseErrors }),
    ]),
    databaseRead: registry.pipeline('database-read', [retry(again), ...guarded(1_000)]),
    databaseWrite: registry.pipeline('database-write', guarded(3_000)),
    databaseWriteOnce: registry.pipeline('database-write-once', [retry(again), ...guarded(3_000)]),
    databaseImport: registry.pipeline('database-import', guarded(9_000)),
    sessionCheck: registry.pipeline('session-check', [database, timeout({ limitMs: 500 })]),
    accounts: registry.pipeline('identity', [database, timeout({ limitMs: 3_000 })]),
    anonymous: registry.pipeline('sign-in', [
      // 3 of the database's 10 connections. More waiting calls would only get an answer that comes too late.
      bulkhead({ name: 'sign-in-slots', limit: 3, queue: 20, maxWaitMs: 2_000 }),
      refusedBy(database),
      timeout({ limitMs: 3_000 }),
    ]),
  };
}

/**
 * Refuses calls while a breaker is open, and reports no results to it: calls that anyone can make must neither open the
 * breaker for signed-in users nor take its probes (docs/decisions/0044).
 */
function refusedBy(breaker: CircuitBreaker): Policy {
  return {
    name: `follows-${breaker.name}`,
    run(call, next) {
      // Half-open is not refused: it would last until a signed-in user makes a call.
      const refusal = breaker.state === 'open' ? breaker.gate(call)() : undefined;
      return refusal === undefined ? next(call) : Promise.reject(refusal);
    },
  };
}
