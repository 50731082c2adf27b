import { createHmac } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { retainedKeys } from './keys/retained-keys.ts';
import type { SealedData } from './keys/sealed-data.ts';
import { RefusalError } from './refusal-error.ts';
import type { Secrets } from './secrets.ts';

/** How long an answer is kept, in days: longer than any client retries. */
const keptDays = 7;
/** More answers than this are kept for only a day: 100,000 take about 100 MB. */
const keptCountMax = 100_000;
/** Maximum length of a key. A UUID has 36 characters. */
export const idempotencyKeyLengthMax = 200;
const digestPurpose = 'idempotency.request-digest';

/** A request that must not take effect twice. */
export interface KeyedRequest {
  readonly schoolId: string;
  readonly actorId: string;
  /** The client's `Idempotency-Key`. */
  readonly key: string;
  /** The operation and its record, such as `create student`. */
  readonly operation: string;
  /** The parsed body of the request. */
  readonly request: unknown;
}

/** The key was used for another request. Nothing was changed. */
export class IdempotencyKeyReusedError extends RefusalError {
  override readonly name = 'IdempotencyKeyReusedError';
  readonly code = 'IDEMPOTENCY_KEY_REUSED';

  constructor() {
    super('This Idempotency-Key was used before, for another request.');
  }
}

/** A request's body is nested too deeply. Nothing was changed. */
export class RequestTooDeepError extends RefusalError {
  override readonly name = 'RequestTooDeepError';
  readonly code = 'REQUEST_TOO_DEEP';

  constructor() {
    super(`The body of a keyed request may have at most ${depthMax} levels of arrays and objects.`);
  }
}

/** Levels of arrays and objects in a body. A student has two; a body of 100 kB could have 50,000 and exhaust the stack. */
const depthMax = 32;

interface IdempotencyTables {
  idempotency_keys: {
    school_id: string;
    actor_id: string;
    key: string;
    request_digest: Buffer;
    answer: unknown;
    created_at: Date;
  };
}

/** Stores the answers of requests with a key, in the transaction of the change itself. */
export class Idempotency {
  readonly #secrets: Secrets;
  readonly #digestKey: Buffer;

  /** @param secrets derives a key of 32 bytes per purpose */
  constructor(secrets: Secrets) {
    this.#secrets = secrets;
    this.#digestKey = secrets.derive(digestPurpose);
  }

  /**
   * Does the work once per key; a repeated request gets the stored answer.
   * Of two concurrent requests the second waits in the database until the first has ended.
   *
   * @param transaction the transaction of the change, which must be rolled back when this throws
   * @param work its answer must survive JSON
   * @throws IdempotencyKeyReusedError; RequestTooDeepError; any error of `work`, after which the key can be used again
   */
  async once<T>(
    transaction: Transaction<Record<string, never>>,
    request: KeyedRequest,
    work: () => Promise<T>,
  ): Promise<{ readonly answer: T; readonly repeated: boolean }> {
    const tables = tablesOf(transaction);
    const digest = digestOf(request, this.#digestKey);
    const { schoolId: school_id, actorId: actor_id, key } = request;
    const taken = await tables
      .insertInto('idempotency_keys')
      .values({ school_id, actor_id, key, request_digest: digest, answer: null, created_at: sql<Date>`now()` })
      .onConflict((conflict) => conflict.columns(['school_id', 'actor_id', 'key']).doNothing())
      .executeTakeFirst();
    const mine = { school_id, actor_id, key };
    if (taken.numInsertedOrUpdatedRows === 1n) {
      const answer = await work();
      await tables
        .updateTable('idempotency_keys')
        .set({ answer: JSON.stringify(answer ?? null) })
        .where((where) => where.and(mine))
        .execute();
      return { answer, repeated: false };
    }
    const earlier = await tables
      .selectFrom('idempotency_keys')
      .select(['request_digest', 'answer'])
      .where((where) => where.and(mine))
      .executeTakeFirstOrThrow();
    const isSame =
      earlier.request_digest.equals(digest) ||
      (await this.#isSameByFormerKey(transaction, request, earlier.request_digest));
    if (!isSame) throw new IdempotencyKeyReusedError();
    return { answer: earlier.answer as T, repeated: true };
  }

  /**
   * Deletes expired answers, and the oldest of too many. Call it regularly.
   *
   * @param countMax beyond it, answers older than a day are deleted. Default 100,000
   * @returns the number of deleted answers
   */
  async forgetOld(database: Kysely<Record<string, never>>, countMax = keptCountMax): Promise<number> {
    const tables = tablesOf(database);
    // The newest answer beyond the limit. Without one, comparing with null is never true.
    const surplus = tables
      .selectFrom('idempotency_keys')
      .select('created_at')
      .orderBy('created_at', 'desc')
      .offset(countMax)
      .limit(1);
    const { numDeletedRows } = await tables
      .deleteFrom('idempotency_keys')
      .where((where) =>
        where.or([
          where('created_at', '<', sql<Date>`now() - make_interval(days => ${keptDays}::int)`),
          where.and([
            where('created_at', '<', sql<Date>`now() - interval '1 day'`),
            where('created_at', '<=', surplus),
          ]),
        ]),
      )
      .executeTakeFirst();
    await retainedKeys.forget(database, digestPurpose, keptDays);
    return Number(numDeletedRows);
  }

  /** Whether the digest matches with a former key: the answer may have been stored before the secret was changed. */
  async #isSameByFormerKey(
    transaction: Transaction<Record<string, never>>,
    request: KeyedRequest,
    digest: Buffer,
  ): Promise<boolean> {
    const former = await retainedKeys.read(transaction, digestPurpose, this.#secrets);
    return former.some((key) => digestOf(request, key).equals(digest));
  }
}

/** Digests can't be recomputed without the requests, so their key is retained until the last of them expires. */
export const idempotencyDigests: SealedData = {
  name: 'answers to repeated requests',
  opens: () => Promise.resolve(undefined),
  async reseal(transaction, from, to) {
    await retainedKeys.retain(transaction, digestPurpose, from, to);
    const row = await tablesOf(transaction)
      .selectFrom('idempotency_keys')
      .select(sql<string>`count(*)`.as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  },
};

function digestOf({ operation, request }: KeyedRequest, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${operation}\n${JSON.stringify(inOrder(request))}`)
    .digest();
}

function tablesOf(handle: Kysely<Record<string, never>>): Kysely<IdempotencyTables> {
  return handle;
}

/** The value with the members of objects sorted: clients may send them in any order. */
function inOrder(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) throw new RequestTooDeepError();
  if (Array.isArray(value)) return value.map((member) => inOrder(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, inOrder(member, depth + 1)]),
  );
}
