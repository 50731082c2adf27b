import { type CallContext, type Classification, classify, type Pipeline } from 'dualbrake';
import type { Actor } from '../../contract/session.ts';
import type { Policies } from '../policies.ts';
import {
  type Idempotency,
  IdempotencyKeyReusedError,
  type KeyedRequest,
  RequestTooDeepError,
} from '../platform/idempotency.ts';
import {
  ChangeNotSavedError,
  ChangeUnknownError,
  LicenceLimitError,
  LicenceTakenError,
  StudentChangedError,
  StudentInvalidError,
  StudentNotFoundError,
} from './student-errors.ts';
import { type DatabaseTransaction, isLicenceTaken, type StudentRepository } from './student-repository.ts';

/** What a caller knows of the request that it serves. */
export type RequestContext = Partial<CallContext>;

/** One change, and who wants it. */
export interface ChangeRequest {
  readonly actor: Actor;
  readonly context?: RequestContext;
  /** The client's `Idempotency-Key`: with it the change is repeated when the database falters. */
  readonly idempotencyKey?: string;
}

/** What is to be done in one transaction. */
export interface ChangeOrder {
  readonly actor: Actor;
  readonly context: RequestContext | undefined;
  readonly idempotencyKey: string | undefined;
  /** What is asked for and of what; part of what a key is bound to. */
  readonly operation: string;
  readonly request: unknown;
  /** Default: by whether there is a key. */
  readonly pipeline?: Pipeline;
}

/** What the runner stands on. */
export interface ChangeRunnerParts {
  readonly repository: Pick<StudentRepository, 'transaction'>;
  readonly idempotency: Idempotency;
  readonly policies: Pick<Policies, 'databaseWrite' | 'databaseWriteOnce'>;
}

/** Runs changes in transactions, and can always say whether one was saved. */
export class ChangeRunner {
  readonly #repository: ChangeRunnerParts['repository'];
  readonly #idempotency: Idempotency;
  readonly #policies: ChangeRunnerParts['policies'];

  constructor({ repository, idempotency, policies }: ChangeRunnerParts) {
    this.#repository = repository;
    this.#idempotency = idempotency;
    this.#policies = policies;
  }

  /**
   * Runs a change in one transaction, once for a key.
   * What the rules refuse is carried out of the pipeline as a value: it is no failure of the database.
   *
   * @param completed adds to an answer of an earlier version of the program what that did not know yet
   * @throws ChangeNotSavedError, ChangeUnknownError; LicenceTakenError; what the rules refuse
   */
  async run<T>(
    request: ChangeOrder,
    work: (transaction: DatabaseTransaction) => Promise<T>,
    completed: (earlier: T) => T = (earlier) => earlier,
  ): Promise<T> {
    const { actor, context, idempotencyKey, operation } = request;
    const { databaseWrite, databaseWriteOnce } = this.#policies;
    const pipeline = request.pipeline ?? (idempotencyKey === undefined ? databaseWrite : databaseWriteOnce);
    const keyed = idempotencyKey !== undefined && {
      schoolId: actor.schoolId,
      actorId: actor.userId,
      key: idempotencyKey,
      operation,
      request: request.request,
    };
    // Of each attempt: from the moment a commit is sent until its answer is there, nobody knows.
    const attempts: { committing: boolean }[] = [];
    const attempt = async ({ signal }: CallContext): Promise<T> => {
      const state = { committing: false };
      attempts.push(state);
      try {
        return await this.#repository.transaction(async (transaction) => {
          const answer = keyed
            ? await this.#once(transaction, keyed, () => work(transaction), completed)
            : await work(transaction);
          // A caller that has stopped waiting is told that nothing was saved, so nothing must be.
          signal.throwIfAborted();
          state.committing = true;
          return answer;
        });
      } catch (error) {
        if (judged(error).applied === 'no') state.committing = false;
        throw error;
      }
    };
    let outcome: { readonly answer: T } | { readonly refusal: unknown };
    try {
      outcome = await pipeline.execute(async (call) => {
        try {
          return { answer: await attempt(call) };
        } catch (error) {
          if (isLicenceTaken(error)) return { refusal: new LicenceTakenError() };
          if (isRefusal(error)) return { refusal: error };
          throw error;
        }
      }, context);
    } catch (error) {
      if (!cannotBeHad(error, context)) throw error;
      throw attempts.some(({ committing }) => committing)
        ? new ChangeUnknownError(error)
        : new ChangeNotSavedError(error);
    }
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.answer;
  }

  async #once<T>(
    transaction: DatabaseTransaction,
    request: KeyedRequest,
    work: () => Promise<T>,
    completed: (earlier: T) => T,
  ): Promise<T> {
    const { answer, repeated } = await this.#idempotency.once(transaction, request, work);
    return repeated ? completed(answer) : answer;
  }
}

/** Whether the database could not be asked, or did not answer. A refusal by the database is something else. */
export function cannotBeHad(error: unknown, context: RequestContext | undefined): boolean {
  if (context?.signal?.aborted === true) return false;
  const found = judged(error);
  return found.class === 'refused' || found.class === 'transient' || found.class === 'system';
}

function judged(error: unknown): Classification {
  return classify(error, { dependency: 'database' });
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof StudentInvalidError ||
    error instanceof StudentNotFoundError ||
    error instanceof StudentChangedError ||
    error instanceof LicenceLimitError ||
    error instanceof RequestTooDeepError ||
    error instanceof IdempotencyKeyReusedError
  );
}
