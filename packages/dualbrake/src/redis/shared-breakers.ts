import { systemClock, type Clock } from '../clock.ts';
import { InvalidSettingsError } from '../errors.ts';
import type { RecordedTransition } from '../policies/circuit-breaker-state.ts';
import { breakerListIssues, breakersOf, type BreakerList } from '../policies/breaker-list.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import { checkOptions } from '../settings.ts';
import { tell } from '../user-function.ts';
import { Repeat } from './repeat.ts';
import { ask, clientIssues, keyOf, listIn, numberIn, storeKinds, storeSpec, type StoreOptions } from './store.ts';

/** What is shared, and with whom. */
export interface SharedBreakersOptions extends StoreOptions {
  /** The breakers, or a function that finds them. They are the same as another process's by name. */
  readonly breakers: BreakerList;
  /** Names this process; no other one may have the same. Default: a random name. */
  readonly instance?: string;
  /** Processes that must have found a dependency down until all keep away from it; the same for all. Default 2. */
  readonly quorum?: number;
  /** Milliseconds that a finding counts unless it is repeated: a process that has died must not go on voting. Default 10,000. */
  readonly leaseMs?: number;
}

/** Whether the store is heard: `shared`, or `alone` since it was last not. `idle` before it was asked. */
export type SharingStatus = 'idle' | 'shared' | 'alone';

const spec = {
  ...storeSpec,
  quorum: { min: 1, max: 1_000, unit: 'calls', default: 2 },
  leaseMs: { min: 100, max: 3_600_000, unit: 'ms', default: 10_000 },
} as const;

/**
 * Votes, and what follows from them. All times are the store's: clocks of processes differ.
 *
 * KEYS: votes and notes of each breaker. ARGV: instance, lease, quorum, then a finding for each breaker.
 * Answers for each breaker: votes, since when there are enough (0: there are not), when one last found it well again.
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

/** What this process knows of one breaker's sharing. */
interface Known {
  /** The newest change of state that the store has been told of. */
  told: RecordedTransition | undefined;
  /** For which agreement it was opened here. */
  since: string;
  recovered: string;
  votes: number;
}

/**
 * Lets processes learn from each other that a dependency is down, and that it is well again.
 *
 * Each process judges by its own calls and votes with what it finds. When enough of them have found a dependency down,
 * the others keep away from it as well, without spending calls on finding out; one sick process alone convinces nobody.
 * When one of them finds it well again, the others test at once. The store is never asked during a call: while it
 * cannot be reached, each process judges alone.
 */
export class SharedBreakers {
  /** The name of this process among those that share. */
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
      const issue = `leaseMs must be at least twice intervalMs (${intervalMs}), got ${leaseMs}: votes would end between two looks`;
      throw new InvalidSettingsError('shared breakers', [issue]);
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.instance = options.instance ?? globalThis.crypto.randomUUID();
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

  /** How many processes have found this breaker's dependency down, as last heard. */
  votesOf(breaker: CircuitBreaker): number {
    return this.#known.get(breaker)?.votes ?? 0;
  }

  /** Begins to share; keeps no process alive. Starting twice changes nothing. */
  start(): void {
    this.#repeat.start();
  }

  /** Ends sharing and takes this process's votes back. @throws what the store throws; the votes then end by themselves */
  async stop(): Promise<void> {
    this.#repeat.stop();
    await this.#exchange(() => 'nothing');
    this.#status = 'idle';
  }

  /**
   * Tells the store what was found here, and acts on what others found.
   *
   * @throws CallTimeoutError when the store does not answer in time; what its client throws. Breakers are then as before.
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

  /** Acts once on each agreement and on each recovery: afterwards the breaker judges, or a person does. */
  #act(breaker: CircuitBreaker, votes: number, since: string, recovered: string): void {
    const known = this.#of(breaker);
    known.votes = votes;
    const isNewAgreement = since !== '0' && since !== known.since;
    // What was so before this process came is no news to it.
    const isNewRecovery = recovered !== '0' && known.recovered !== '' && recovered !== known.recovered;
    known.since = since;
    known.recovered = recovered;
    if (isNewAgreement && ownState(breaker) === 'closed') {
      breaker.trip(`${votes} ${votes === 1 ? 'process has' : 'processes have'} found it down`, 'shared');
    } else if (isNewRecovery && breaker.awaitsRecovery && ownState(breaker) === 'open') {
      breaker.probe('another process has found it well again', 'shared');
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

/** Lets processes learn from each other that a dependency is down, and that it is well again. */
export function sharedBreakers(options: SharedBreakersOptions): SharedBreakers {
  return new SharedBreakers(options);
}

/** What the circuit was last changed to, whatever order stands above it. */
function ownState(breaker: CircuitBreaker): RecordedTransition['to'] {
  return breaker.transitions.at(-1)?.to ?? 'closed';
}

/**
 * Only what calls or health checks here have shown is a finding: what a person ordered, or others have found, is none,
 * or one vote would beget the next.
 */
function findingOf(breaker: CircuitBreaker, { told }: Known): Finding {
  const last = breaker.transitions.at(-1);
  if (last === undefined) return 'nothing';
  if (last.to === 'closed') {
    const isOwn = last.trigger === 'automatic' || last.trigger === 'health-check';
    return isOwn && last !== told ? 'recovered' : 'nothing';
  }
  // A test that is under way has shown nothing yet: then what opened it still holds.
  const opened = breaker.transitions.findLast(({ to }) => to === 'open');
  return opened?.trigger === 'automatic' ? 'down' : 'nothing';
}
