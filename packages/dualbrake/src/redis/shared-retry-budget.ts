import { systemClock, type Clock } from '../clock.ts';
import { RetryBudget, type RetryBudgetOptions } from '../policies/retry-budget.ts';
import { Repeat } from '../repeat.ts';
import { checkOptions } from '../settings.ts';
import type { SharingStatus } from './shared-breakers.ts';
import { ask, clientIssues, keyOf, listIn, numberIn, storeKinds, storeSpec, type StoreOptions } from './store.ts';

/**
 * Options of `sharedRetryBudget`: those of a `retryBudget`, and of the store.
 *
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const options: SharedRetryBudgetOptions = { client, name: 'database', ratio: 0.2 };
 * const budget = sharedRetryBudget(options);
 * ```
 */
export interface SharedRetryBudgetOptions extends RetryBudgetOptions, StoreOptions {
  /** Name of this process; must be unique. Default: a random name. */
  readonly instance?: string;
}

/** Totals older than this many intervals are ignored. */
const INTERVALS_BELIEVED = 3;
const SECONDS = 10;

/**
 * Adds the counts of this process to the totals of the last ten seconds, by the store's clock, and returns the totals.
 *
 * KEYS: counts, instances. ARGV: instance, first attempts, retries. Returns: first attempts, retries, instances.
 */
const script = `
local time = redis.call('TIME')
local second = tonumber(time[1])
local counts, instances = KEYS[1], KEYS[2]
redis.call('ZADD', instances, second, ARGV[1])
redis.call('ZREMRANGEBYSCORE', instances, '-inf', second - ${SECONDS})
if tonumber(ARGV[2]) > 0 then redis.call('HINCRBY', counts, second .. ':first', ARGV[2]) end
if tonumber(ARGV[3]) ~= 0 then redis.call('HINCRBY', counts, second .. ':retry', ARGV[3]) end
local first, retry = 0, 0
local all = redis.call('HGETALL', counts)
for i = 1, #all, 2 do
  local at, kind = string.match(all[i], '^(%d+):(%a+)$')
  if tonumber(at) <= second - ${SECONDS} then
    redis.call('HDEL', counts, all[i])
  elseif kind == 'first' then
    first = first + all[i + 1]
  else
    retry = retry + all[i + 1]
  end
end
redis.call('EXPIRE', counts, ${2 * SECONDS})
redis.call('EXPIRE', instances, ${2 * SECONDS})
return { first, retry, redis.call('ZCARD', instances) }`;

/** The counts of all processes in the last ten seconds. */
interface Totals {
  readonly firsts: number;
  readonly retries: number;
  readonly instances: number;
  /** Clock reading in milliseconds. */
  readonly heardAt: number;
}

/**
 * A retry budget that several processes share through Redis: one process may use what another has not, and `minPerSecond` applies to all
 * of them together.
 *
 * Between synchronizations each process decides on its own, within its share of what is left. While the store cannot be reached, it is
 * a budget of this process only.
 *
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const budget = new SharedRetryBudget({ client, name: 'database' });
 * budget.start();
 * await retry({ budget }).execute(() => database.getStudent(id));
 * log.info(budget.status);
 * ```
 */
export class SharedRetryBudget extends RetryBudget {
  readonly instance: string;
  readonly #options: SharedRetryBudgetOptions;
  readonly #clock: Clock;
  readonly #repeat: Repeat;
  readonly #believedForMs: number;
  #totals: Totals | undefined;
  #status: SharingStatus = 'idle';
  /** Counts of this process since the last synchronization. */
  #firsts = 0;
  #retries = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: SharedRetryBudgetOptions) {
    const { name, ratio, minPerSecond, ...rest } = options ?? {};
    super({ name: name ?? 'retry-budget', ...(ratio === undefined ? {} : { ratio }), ...floorOf(minPerSecond) });
    const subject = `shared retry budget "${this.name}"`;
    checkOptions(subject, rest, storeSpec, { ...storeKinds, instance: 'string' }, clientIssues(options?.client));
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.instance = options.instance ?? globalThis.crypto.randomUUID();
    const intervalMs = options.intervalMs ?? storeSpec.intervalMs.default;
    this.#believedForMs = INTERVALS_BELIEVED * intervalMs;
    this.#repeat = new Repeat(this.#clock, intervalMs, () => this.sync(), options.onError);
  }

  /** Whether the last synchronization succeeded. */
  get status(): SharingStatus {
    return this.#status;
  }

  /** Starts synchronizing. Does not keep the process alive. Starting twice has no effect. */
  start(): void {
    this.#repeat.start();
  }

  /** Stops synchronizing. From then on it is a budget of this process only. */
  stop(): void {
    this.#repeat.stop();
    this.#status = 'idle';
    this.#totals = undefined;
  }

  /**
   * Synchronizes now: sends the counts of this process and receives the totals.
   *
   * @throws CallTimeoutError when the store does not respond in time; the errors of its client
   */
  async sync(): Promise<void> {
    const { prefix = 'dualbrake' } = this.#options;
    const keys = [keyOf(prefix, 'budget', this.name), keyOf(prefix, 'budget', this.name, 'instances')];
    const [firsts, retries] = [this.#firsts, this.#retries];
    // Reset before sending: if only the response is lost, the counts must not be sent twice.
    this.#firsts = 0;
    this.#retries = 0;
    try {
      const given = [this.instance, String(firsts), String(retries)];
      const answer = listIn(await ask(this.#options, this.#clock, script, keys, given), 3).map(numberIn);
      const [allFirsts = 0, allRetries = 0, instances = 1] = answer;
      this.#totals = {
        firsts: allFirsts,
        retries: allRetries,
        instances: Math.max(1, instances),
        heardAt: this.#clock.now(),
      };
      this.#status = 'shared';
    } catch (error) {
      this.#status = 'alone';
      throw error;
    }
  }

  override record(now: number): void {
    super.record(now);
    this.#firsts += 1;
  }

  override tryTake(now: number): boolean {
    const isTaken = super.tryTake(now);
    if (isTaken) this.#retries += 1;
    return isTaken;
  }

  override giveBack(now: number, takenAt: number): boolean {
    const isGivenBack = super.giveBack(now, takenAt);
    // If it was already sent, the next synchronization subtracts it.
    if (isGivenBack) this.#retries -= 1;
    return isGivenBack;
  }

  /** Whether this process's share of the unused budget allows one more retry. */
  protected override isEarned(ratio: number): boolean {
    const totals = this.#believed();
    if (totals === undefined) return super.isEarned(ratio);
    const left = Math.max(0, ratio * totals.firsts - totals.retries);
    // Less than one retry per process is left: the first process to ask takes it.
    const share = Math.max(left / totals.instances, Math.min(1, left));
    return share + ratio * this.#firsts - this.#retries >= 1;
  }

  protected override get floorPerSecond(): number {
    return this.settings.values.minPerSecond / (this.#believed()?.instances ?? 1);
  }

  #believed(): Totals | undefined {
    const totals = this.#totals;
    return totals !== undefined && this.#clock.now() - totals.heardAt <= this.#believedForMs ? totals : undefined;
  }
}

/**
 * A retry budget that several processes share, as `new SharedRetryBudget(options)`. Call `start()`, and pass it to `retry` and `hedge`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const budget = sharedRetryBudget({ client, name: 'database', ratio: 0.2 });
 * budget.start();
 * const reads = pipeline('reads', [retry({ budget })]);
 * ```
 */
export function sharedRetryBudget(options: SharedRetryBudgetOptions): SharedRetryBudget {
  return new SharedRetryBudget(options);
}

function floorOf(minPerSecond: number | undefined): { minPerSecond?: number } {
  return minPerSecond === undefined ? {} : { minPerSecond };
}
