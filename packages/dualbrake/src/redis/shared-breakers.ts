import { systemClock, type Clock } from '../clock.ts';
import { InvalidSettingsError } from '../errors.ts';
import type { RecordedTransition } from '../policies/circuit-breaker-state.ts';
import { breakerListIssues, breakersOf, type BreakerList } from '../policies/breaker-list.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import { Repeat } from '../repeat.ts';
import { checkOptions } from '../settings.ts';
import { ask, clientIssues, keyOf, listIn, numberIn, storeKinds, storeSpec, type StoreOptions } from './store.ts';

/**
 * Options of `sharedBreakers`.
 *
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const breakers = [circuitBreaker({ name: 'database' }), circuitBreaker({ name: 'mail' })];
 * const options: SharedBreakersOptions = { client, breakers, quorum: 3 };
 * const shared = sharedBreakers(options);
 * ```
 */
export interface SharedBreakersOptions extends StoreOptions {
  /** The breakers, or a function that returns them. Matched with those of other processes by name. */
  readonly breakers: BreakerList;
  /** Name of this process; must be unique. Default: a random name. */
  readonly instance?: string;
  /** Number of processes that must find a dependency down until the breakers of all processes open. Must be the same everywhere. Default 2. */
  readonly quorum?: number;
  /**
   * How long a vote counts unless it is renewed, in milliseconds, so that the votes of a dead process expire. At least twice
   * `intervalMs`. Default 10,000.
   */
  readonly leaseMs?: number;
}

/**
 * Whether the last synchronization succeeded.
 *
 * - `shared`: it did
 * - `alone`: the store could not be reached, so this process decides on its own
 * - `idle`: not started, or stopped
 *
 * @example
 * ```ts
 * const isDegraded = (status: SharingStatus): boolean => status === 'alone';
 * ```
 */
export type SharingStatus = 'idle' | 'shared' | 'alone';

const spec = {
  ...storeSpec,
  quorum: { min: 1, max: 1_000, unit: 'calls', default: 2 },
  leaseMs: { min: 100, max: 3_600_000, unit: 'ms', default: 10_000 },
} as const;

/**
 * Records votes and counts them. All times are the store's, because the clocks of processes differ.
 *
 * KEYS: votes and notes of each breaker. ARGV: instance, lease, quorum, then a finding for each breaker.
 * Returns for each breaker: the number of votes, since when the quorum is reached (0: it is not), the last recovery.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local instance, lease, quorum = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local answer = {}
for i = 1, #KEYS / 2 do
  local votes, notes, finding = KEYS[2 * i - 1], KEYS[2 * i], ARGV[3 + i]
  redis.call('ZREMRANGEBYSCORE', votes, '-inf', now)
  if finding == 'down' then
    redis.call('ZADD', votes, now + lease, instance)
    redis.call('PEXPIRE', votes, lease)
  else
    redis.call('ZREM', votes, instance)
  end
  local count = redis.call('ZCARD', votes)
  local since = redis.call('HGET', notes, 'since')
  if count >= quorum then
    if not since then
      since = now
      redis.call('HSET', notes, 'since', now)
    end
  elseif since then
    redis.call('HDEL', notes, 'since')
    since = false
  end
  if finding == 'recovered' then redis.call('HSET', notes, 'recovered', now) end
  if since or finding == 'recovered' then redis.call('PEXPIRE', notes, lease * 10) end
  answer[i] = { count, tostring(since or 0), tostring(redis.call('HGET', notes, 'recovered') or 0) }
end
return answer`;

type Finding = 'down' | 'recovered' | 'nothing';

/** The state of one breaker's sharing in this process. */
interface Known {
  /** The last transition that was sent to the store. */
  told: RecordedTransition | undefined;
  /** Since when the quorum is reached, as last received; each value opens the breaker once. */
  since: string;
  recovered: string;
  votes: number;
}

/**
 * Shares the findings of circuit breakers between processes through Redis.
 *
 * Each process judges by its own calls and votes with the result. When `quorum` processes have found a dependency down, the breakers of
 * the others open too, so a single unhealthy process affects no other. When one of them finds it healthy again, the others probe
 * immediately. Calls never wait for the store; while it cannot be reached, each process decides on its own.
 *
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const breaker = circuitBreaker({ name: 'database' });
 * const shared = new SharedBreakers({ client, breakers: [breaker] });
 * shared.start();
 * log.info(`${shared.votesOf(breaker)} processes find the database down`);
 * await shared.stop();
 * ```
 */
export class SharedBreakers {
  /** Name of this process. */
  readonly instance: string;
  readonly #options: SharedBreakersOptions;
  readonly #clock: Clock;
  readonly #repeat: Repeat;
  readonly #known = new WeakMap<CircuitBreaker, Known>();
  #status: SharingStatus = 'idle';

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: SharedBreakersOptions) {
    const kinds = { ...storeKinds, breakers: 'anything', instance: 'string' } as const;
    checkOptions('shared breakers', options, spec, kinds, [
      ...clientIssues(options?.client),
      ...breakerListIssues(options?.breakers),
    ]);
    const { leaseMs = spec.leaseMs.default, intervalMs = spec.intervalMs.default } = options;
    if (leaseMs < 2 * intervalMs) {
      const issue = `leaseMs must be at least twice intervalMs (${intervalMs}), got ${leaseMs}: otherwise votes expire between synchronizations`;
      throw new InvalidSettingsError('shared breakers', [issue]);
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.instance = options.instance ?? globalThis.crypto.randomUUID();
    this.#repeat = new Repeat(this.#clock, intervalMs, () => this.sync(), options.onError);
  }

  /** Whether the last synchronization succeeded. */
  get status(): SharingStatus {
    return this.#status;
  }

  /** Number of processes that found this breaker's dependency down, at the last synchronization. */
  votesOf(breaker: CircuitBreaker): number {
    return this.#known.get(breaker)?.votes ?? 0;
  }

  /** Starts synchronizing. Does not keep the process alive. Starting twice has no effect. */
  start(): void {
    this.#repeat.start();
  }

  /** Stops synchronizing and removes the votes of this process. @throws the error of the store; the votes then expire */
  async stop(): Promise<void> {
    this.#repeat.stop();
    await this.#exchange(() => 'nothing');
    this.#status = 'idle';
  }

  /**
   * Synchronizes now: sends the findings of this process and acts on those of others.
   *
   * @throws CallTimeoutError when the store does not respond in time; the errors of its client. Breakers are then unchanged.
   */
  async sync(): Promise<void> {
    try {
      const heard = await this.#exchange((breaker) => findingOf(breaker, this.#of(breaker)));
      this.#status = 'shared';
      for (const { breaker, votes, since, recovered } of heard) this.#act(breaker, votes, since, recovered);
    } catch (error) {
      this.#status = 'alone';
      throw error;
    }
  }

  async #exchange(find: (breaker: CircuitBreaker) => Finding): Promise<
    readonly {
      readonly breaker: CircuitBreaker;
      readonly votes: number;
      readonly since: string;
      readonly recovered: string;
    }[]
  > {
    const { breakers, prefix = 'dualbrake', leaseMs, quorum } = this.#options;
    const all = breakersOf(breakers);
    if (all.length === 0) return [];
    const keys = all.flatMap(({ name }) => [keyOf(prefix, 'votes', name), keyOf(prefix, 'notes', name)]);
    const told = all.map((breaker) => breaker.transitions.at(-1));
    const numbers = [leaseMs ?? spec.leaseMs.default, quorum ?? spec.quorum.default].map(String);
    const given = [this.instance, ...numbers, ...all.map(find)];
    const answer = listIn(await ask(this.#options, this.#clock, script, keys, given), all.length);
    // All of it before anything is done with it.
    const rows = answer.map((row) => listIn(row, 3).map(numberIn));
    return all.map((breaker, place) => {
      this.#of(breaker).told = told[place];
      const [votes = 0, since = 0, recovered = 0] = rows[place] ?? [];
      return { breaker, votes, since: String(since), recovered: String(recovered) };
    });
  }

  /** Acts once on each agreement and each recovery. Afterwards the breaker, or an operator, decides. */
  #act(breaker: CircuitBreaker, votes: number, since: string, recovered: string): void {
    const known = this.#of(breaker);
    known.votes = votes;
    const isNewAgreement = since !== '0' && since !== known.since;
    // A recovery from before this process started doesn't count.
    const isNewRecovery = recovered !== '0' && known.recovered !== '' && recovered !== known.recovered;
    known.since = since;
    known.recovered = recovered;
    if (isNewAgreement && ownState(breaker) === 'closed') {
      breaker.trip(`${votes} ${votes === 1 ? 'process reports' : 'processes report'} it down`, 'shared');
    } else if (isNewRecovery && breaker.awaitsRecovery && ownState(breaker) === 'open') {
      breaker.probe('another process reports it healthy', 'shared');
    }
  }

  #of(breaker: CircuitBreaker): Known {
    let known = this.#known.get(breaker);
    if (known === undefined) {
      known = { told: breaker.transitions.at(-1), since: '0', recovered: '', votes: 0 };
      this.#known.set(breaker, known);
    }
    return known;
  }
}

/**
 * Shares the findings of circuit breakers between processes, as `new SharedBreakers(options)`. Call `start()` afterwards.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const breaker = circuitBreaker({ name: 'database' });
 * sharedBreakers({ client, breakers: [breaker], onError: (error) => log.warn(error) }).start();
 * ```
 */
export function sharedBreakers(options: SharedBreakersOptions): SharedBreakers {
  return new SharedBreakers(options);
}

/** The state of the circuit itself, disregarding an operator's override. */
function ownState(breaker: CircuitBreaker): RecordedTransition['to'] {
  return breaker.transitions.at(-1)?.to ?? 'closed';
}

/**
 * Only results of this process's calls or health checks are findings. An operator's override or a state learned from others is not:
 * otherwise one vote would cause the next.
 */
function findingOf(breaker: CircuitBreaker, { told }: Known): Finding {
  const last = breaker.transitions.at(-1);
  if (last === undefined) return 'nothing';
  if (last.to === 'closed') {
    const isOwn = last.trigger === 'automatic' || last.trigger === 'health-check';
    return isOwn && last !== told ? 'recovered' : 'nothing';
  }
  // While a test call is running, the reason for opening still applies.
  const opened = breaker.transitions.findLast(({ to }) => to === 'open');
  return opened?.trigger === 'automatic' ? 'down' : 'nothing';
}
