import { systemClock, type Clock } from '../clock.ts';
import { RetryBudget, type RetryBudgetOptions } from '../policies/retry-budget.ts';
import { checkOptions } from '../settings.ts';
import { tell } from '../user-function.ts';
import type { SharingStatus } from './shared-breakers.ts';
import { Repeat } from './repeat.ts';
import { ask, clientIssues, keyOf, listIn, numberIn, storeKinds, storeSpec, type StoreOptions } from './store.ts';

/** A budget, and where it is shared. */
export interface SharedRetryBudgetOptions extends RetryBudgetOptions, StoreOptions {
  /** Names this process; no other one may have the same. Default: a random name. */
  readonly instance?: string;
}

/** Totals older than this many intervals are no longer believed. */
const INTERVALS_BELIEVED = 3;
const SECONDS = 10;

/**
 * Adds what was counted here to the totals of the last ten seconds, by the store's clock, and answers them.
 *
 * KEYS: counts, instances. ARGV: instance, first attempts, retries. Answers: first attempts, retries, instances.
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

/** What all processes together have done in the last seconds. */
interface Totals {
  readonly firsts: number;
  readonly retries: number;
  readonly instances: number;
  /** Clock reading. */
  readonly heardAt: number;
}

/**
 * One retry budget for all processes that call a dependency: what one does not use, another may, and the floor of
 * `minPerSecond` is there once and not once for each of them.
 *
 * Between two looks at the store each process decides by itself, within its share of what is left. While the store
 * cannot be reached it is a budget of this process alone.
 */
export class SharedRetryBudget extends RetryBudget {
  readonly instance: string;
  readonly #options: SharedRetryBudgetOptions;
  readonly #clock: Clock;
  readonly #repeat: Repeat;
  readonly #believedForMs: number;
  #totals: Totals | undefined;
  #status: SharingStatus = 'idle';
  /** Counted here since the store was last told. */
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
    this.#repeat = new Repeat(this.#clock, intervalMs, () =>
      this.sync().catch((error: unknown) => {
        const { onError } = this.#options;
        if (onError !== undefined) tell(onError, error);
      }),
    );
  }

  get status(): SharingStatus {
    return this.#status;
  }

  /** Begins to share; keeps no process alive. Starting twice changes nothing. */
  start(): void {
    this.#repeat.start();
  }

  stop(): void {
    this.#repeat.stop();
    this.#status = 'idle';
    this.#totals = undefined;
  }

  /**
   * Tells the store what was counted here, and learns what all have done.
   *
   * @throws CallTimeoutError when the store does not answer in time; what its client throws
   */
  async sync(): Promise<void> {
    const { prefix = 'dualbrake' } = this.#options;
    const keys = [keyOf(prefix, 'budget', this.name), keyOf(prefix, 'budget', this.name, 'instances')];
    const [firsts, retries] = [this.#firsts, this.#retries];
    // Counted as told now: what an answer that was lost has told must not be told again.
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
    // It may have been told to the store already: then the next look takes it back there.
    if (isGivenBack) this.#retries -= 1;
    return isGivenBack;
  }

  /** Whether this process's share of what all have earned and not used holds one more. */
  protected override isEarned(ratio: number): boolean {
    const totals = this.#believed();
    if (totals === undefined) return super.isEarned(ratio);
    const left = Math.max(0, ratio * totals.firsts - totals.retries);
    // Less than one for each: who comes first has it.
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

/** A retry budget that processes have together, to be given to `retry` and `hedge`. */
export function sharedRetryBudget(options: SharedRetryBudgetOptions): SharedRetryBudget {
  return new SharedRetryBudget(options);
}

function floorOf(minPerSecond: number | undefined): { minPerSecond?: number } {
  return minPerSecond === undefined ? {} : { minPerSecond };
}
