import { classify, type Pipeline } from 'dualbrake';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle, DatabaseTransaction } from './database/handle.ts';
import { isUnavailable, type RequestContext } from './database/unavailable.ts';
import type { Idempotency, KeyedRequest } from './idempotency.ts';
import { RefusalError } from './refusal-error.ts';

/** The user and the circumstances of a requested change. */
export interface ChangeRequest {
  readonly actor: Actor;
  readonly context?: RequestContext | undefined;
  /** The client's `Idempotency-Key`. With it, the change is retried when the database fails. */
  readonly idempotencyKey?: string | undefined;
}

/** One change. */
export interface Change extends ChangeRequest {
  /** The operation and its record, such as `change student 7 at 3`. A key is bound to it and to `request`. */
  readonly operation: string;
  /** The request's body. */
  readonly request: unknown;
  /** Default: `databaseWriteOnce` with a key, `databaseWrite` without. */
  readonly pipeline?: Pipeline;
}

/** The parts of a unit of work. */
export interface UnitOfWorkParts {
  readonly database: DatabaseHandle;
  readonly idempotency: Idempotency;
  readonly policies: { readonly databaseWrite: Pipeline; readonly databaseWriteOnce: Pipeline };
  /** The refusal for each unique index and exclusion constraint that the slice's changes can violate, by its name. */
  readonly constraints?: Readonly<Record<string, () => RefusalError>>;
}

/** Runs changes in transactions, once per Idempotency-Key, and always reports whether a change was saved. */
export class UnitOfWork {
  readonly #database: DatabaseHandle;
  readonly #idempotency: Idempotency;
  readonly #policies: UnitOfWorkParts['policies'];
  readonly #constraints: Readonly<Record<string, () => RefusalError>>;

  constructor({ database, idempotency, policies, constraints = {} }: UnitOfWorkParts) {
    this.#database = database;
    this.#idempotency = idempotency;
    this.#policies = policies;
    this.#constraints = constraints;
  }

  /**
   * Makes a change in one transaction. When the work throws, everything is rolled back.
   *
   * @param work its result must survive JSON, because it is stored with the key
   * @param complete adds missing fields to a result stored by an earlier release
   * @throws RefusalError from the work or from a constraint; NotCommittedError; OutcomeUnknownError
   */
  async change<T>(
    change: Change,
    work: (transaction: DatabaseTransaction) => Promise<T>,
    complete: (stored: T) => T = (stored) => stored,
  ): Promise<Exclude<T, RefusalError>> {
    const { context, idempotencyKey: key } = change;
    const { databaseWrite, databaseWriteOnce } = this.#policies;
    const pipeline = change.pipeline ?? (key === undefined ? databaseWrite : databaseWriteOnce);
    const keyed = key === undefined ? undefined : keyedRequest(change, key);
    const run = (transaction: DatabaseTransaction): Promise<T> =>
      keyed === undefined ? work(transaction) : this.#once(transaction, keyed, work, complete);
    const attempts: Attempt[] = [];
    try {
      return await settled(
        pipeline.execute(async ({ signal }) => {
          const attempt: Attempt = { isCommitting: false };
          attempts.push(attempt);
          return this.#refusable(() => this.#commit(attempt, signal, run));
        }, context),
      );
    } catch (error) {
      if (error instanceof RefusalError || !isUnavailable(error, context)) throw error;
      throw attempts.some(({ isCommitting }) => isCommitting)
        ? new OutcomeUnknownError(error, { repeatable: key !== undefined })
        : new NotCommittedError(error);
    }
  }

  /**
   * Runs work in one transaction that may be repeated, such as a read that leaves an audit entry.
   *
   * @param work when it returns a RefusalError, that is thrown after the commit, which keeps the audit entry
   */
  async transaction<T>(
    pipeline: Pipeline,
    work: (transaction: DatabaseTransaction) => Promise<T>,
    context?: RequestContext,
  ): Promise<Exclude<T, RefusalError>> {
    return settled(pipeline.execute(() => this.run(work), context));
  }

  /** Runs work in one transaction, without a pipeline. */
  run<T>(work: (transaction: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#database.transaction().execute(work);
  }

  /** Marks the attempt while a commit has been sent and not answered: meanwhile its outcome is unknown. */
  async #commit<T>(
    attempt: Attempt,
    signal: AbortSignal,
    run: (transaction: DatabaseTransaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.run(async (transaction) => {
        const result = await run(transaction);
        // A caller that no longer waits has been answered that nothing was saved.
        signal.throwIfAborted();
        attempt.isCommitting = true;
        return result;
      });
    } catch (error) {
      if (classify(error, { dependency: 'database' }).applied === 'no') attempt.isCommitting = false;
      throw error;
    }
  }

  /** Returns refusals as values: a pipeline would count an error as a failure of the database. */
  async #refusable<T>(work: () => Promise<T>): Promise<T | RefusalError> {
    try {
      return await work();
    } catch (error) {
      const refusal = error instanceof RefusalError ? error : this.#constraintRefusal(error);
      if (refusal === undefined) throw error;
      return refusal;
    }
  }

  #constraintRefusal(error: unknown): RefusalError | undefined {
    const { code, constraint } = Object(error) as { readonly code?: unknown; readonly constraint?: unknown };
    if ((code !== uniqueViolation && code !== exclusionViolation) || typeof constraint !== 'string') return undefined;
    return Object.hasOwn(this.#constraints, constraint) ? this.#constraints[constraint]?.() : undefined;
  }

  async #once<T>(
    transaction: DatabaseTransaction,
    keyed: KeyedRequest,
    work: (transaction: DatabaseTransaction) => Promise<T>,
    complete: (stored: T) => T,
  ): Promise<T> {
    const { answer, repeated } = await this.#idempotency.once(transaction, keyed, () => work(transaction));
    return repeated ? complete(answer) : answer;
  }
}

/** The change could not be made. Nothing was saved. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
  readonly code = 'NOT_COMMITTED';

  constructor(cause: unknown) {
    super('The change was not saved.', { cause });
  }
}

/** The database stopped responding during the commit: the change may or may not have been saved. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly code = 'OUTCOME_UNKNOWN';
  /** Whether the request had an Idempotency-Key, so that it can be sent again. */
  readonly repeatable: boolean;

  constructor(cause: unknown, { repeatable }: { readonly repeatable: boolean }) {
    super('It is unknown whether the change was saved.', { cause });
    this.repeatable = repeatable;
  }
}

interface Attempt {
  isCommitting: boolean;
}

/** SQLSTATE unique_violation. */
const uniqueViolation = '23505';
/** SQLSTATE exclusion_violation. */
const exclusionViolation = '23P01';

async function settled<T>(result: Promise<T>): Promise<Exclude<T, RefusalError>> {
  const value = await result;
  if (value instanceof RefusalError) throw value;
  return value as Exclude<T, RefusalError>;
}

function keyedRequest({ actor, operation, request }: Change, key: string): KeyedRequest {
  return { schoolId: actor.schoolId, actorId: actor.userId, key, operation, request };
}
