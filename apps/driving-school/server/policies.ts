import { CircuitBreaker, type Classifier, classify, type Pipeline, type Registry, retry, timeout } from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';

/** What went wrong with the database: a lost connection is its trouble, not the caller's. */
const databaseErrors: Classifier = (error, context) => classify(error, { ...context, dependency: 'database' });

/**
 * The numbers of `StudentService.getStudentData`, which writes its policies as decorators.
 * Three attempts of at most 400 ms and the waits between them stay below the 2 s that the route gives them all.
 */
export const studentReading = {
  breaker: { failureThreshold: 5, resetTimeoutMs: 5_000, classify: databaseErrors },
  retry: {
    strategy: 'exponential',
    maxAttempts: 3,
    baseMs: 40,
    factor: 2,
    maxMs: 250,
    jitter: 'full',
    classify: databaseErrors,
  },
  attempt: { limitMs: 400 },
} as const;

/** Every pipeline of the application. */
export interface Policies {
  /** Around the whole live reading of `GET /api/students/{student_id}`. */
  readonly getStudent: Pipeline;
  /** Lists and searches. */
  readonly databaseRead: Pipeline;
  /** A change that nobody can recognize when it comes again: never repeated. */
  readonly databaseWrite: Pipeline;
  /** A change with an Idempotency-Key, which takes effect once however often it is sent. */
  readonly databaseWriteOnce: Pipeline;
  /** Thousands of rows in one transaction. */
  readonly databaseImport: Pipeline;
}

/**
 * Makes the pipelines, outermost policy first. They share one breaker for the database: what a list has found out, a
 * change need not find out again.
 *
 * @param drills whether operators can make the database fail on purpose; default false
 */
export function createPolicies(registry: Registry, { drills = false }: { readonly drills?: boolean } = {}): Policies {
  const database = new CircuitBreaker({
    name: 'database',
    failureThreshold: 5,
    resetTimeoutMs: 5_000,
    classify: databaseErrors,
  });
  const again = { strategy: 'exponential', maxAttempts: 3, baseMs: 40, maxMs: 250, classify: databaseErrors } as const;
  // Last, so that it stands for the database itself. What is not listed cannot be switched on.
  const drill = drills ? [faultInjection({ name: 'database-drill' })] : [];
  return {
    getStudent: registry.pipeline('GET /api/students/{student_id}', [
      timeout({ limitMs: 2_000 }),
      new CircuitBreaker({
        name: 'students-route',
        failureThreshold: 5,
        resetTimeoutMs: 5_000,
        classify: databaseErrors,
      }),
      // Repeats only what the service below has not: see R-RETRY-6.
      retry({ strategy: 'immediate', classify: databaseErrors }),
    ]),
    databaseRead: registry.pipeline('database-read', [retry(again), database, timeout({ limitMs: 1_000 }), ...drill]),
    databaseWrite: registry.pipeline('database-write', [database, timeout({ limitMs: 3_000 }), ...drill]),
    databaseWriteOnce: registry.pipeline('database-write-once', [
      retry(again),
      database,
      timeout({ limitMs: 3_000 }),
      ...drill,
    ]),
    databaseImport: registry.pipeline('database-import', [database, timeout({ limitMs: 9_000 }), ...drill]),
  };
}
