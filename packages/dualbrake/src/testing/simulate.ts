import type { Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Clock } from '../clock.ts';
import { FaultSchedule, unavailable, type Fault } from './fault-schedule.ts';
import { refusedConnection } from './flaky.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

/** Something that guards calls: a pipeline, a breaker, or nothing at all. */
export interface Guard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/** The dependency that is called. */
export interface SimulatedDependency {
  /** Milliseconds that a call is worked on. */
  readonly latencyMs: number;
  /** Calls that are worked on at once; further ones wait in line. Default: no limit. */
  readonly capacity?: number;
  /**
   * Calls that may wait in line; further ones get a 503 at once. Default: no limit. What waits is worked on also when its
   * caller has left, as servers do: that is how an overload can outlive its cause.
   */
  readonly line?: number;
  /**
   * How it is after `idleMs` without work, as after a restart: until `calls` calls have filled its caches, each takes
   * `latencyMs`. Default: it never cools down. It begins warm.
   */
  readonly cold?: { readonly latencyMs: number; readonly calls: number; readonly idleMs: number };
  readonly faults?: readonly Fault[];
}

/** What is simulated. */
export interface SimulationOptions {
  readonly durationMs: number;
  /** How many users begin a call each second. Open loop: nobody waits for anybody. */
  readonly callsPerSecond: number;
  /** More or fewer users during a time, as a factor: `{ fromMs, toMs, factor }`. */
  readonly surge?: { readonly fromMs: number; readonly toMs: number; readonly factor: number };
  /** How long a user waits before he gives up; default as long as it takes. */
  readonly patienceMs?: number;
  readonly dependency: SimulatedDependency;
  /** For chance; the same seed gives the same report. Default 1. */
  readonly seed?: number;
  /** Makes what stands between users and dependency; nothing for bare calls. */
  readonly build: (host: { readonly clock: Clock; readonly random: () => number }) => Guard | undefined;
}

/** What came of it. All times in milliseconds, series in whole seconds from the start. */
export interface SimulationReport {
  /** Calls that users began. */
  readonly calls: number;
  /** Calls that were answered in time. */
  readonly answered: number;
  /** Calls that reached the dependency. */
  readonly load: number;
  /** Calls that reached it while a fault lasted. */
  readonly loadDuringFaults: number;
  /** The most calls that reached it in one second after the last fault. */
  readonly peakAfterwards: number;
  /** Useful answers in each second. */
  readonly goodput: readonly number[];
  /** Calls that reached the dependency in each second. */
  readonly loads: readonly number[];
  /** From the begin of the first fault until, for a second, less than a tenth of the users' calls reached it. */
  readonly detectedAfterMs: number | undefined;
  /** From the end of the last fault until, for a second, at least 99 % of the users' calls were answered. */
  readonly recoveredAfterMs: number | undefined;
}

/** Callers, a dependency with capacity and faults, policies between, virtual time. Deterministic. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { durationMs, callsPerSecond, patienceMs = Infinity, surge, seed = 1 } = options;
  const clock = new ManualClock();
  const random = seededRandom(seed);
  const dependency = new Dependency(clock, random, options.dependency);
  const guard = options.build({ clock, random });
  const users: { readonly beganAt: number; endedAt: number; ok: boolean }[] = [];

  const begin = (): void => {
    const user = { beganAt: clock.now(), endedAt: Infinity, ok: false };
    users.push(user);
    const caller = new AbortController();
    const giveUp = patienceMs === Infinity ? undefined : clock.after(patienceMs, () => caller.abort(new Error('gone')));
    const context =
      patienceMs === Infinity ? undefined : { signal: caller.signal, deadline: user.beganAt + patienceMs };
    const operation: Operation<string> = ({ signal }) => dependency.call(signal);
    const running = guard === undefined ? dependency.call(caller.signal) : guard.execute(operation, context);
    running.then(
      () => {
        giveUp?.();
        user.ok = !caller.signal.aborted;
        user.endedAt = clock.now();
      },
      () => {
        giveUp?.();
        user.endedAt = clock.now();
      },
    );
  };
  const next = (): void => {
    if (clock.now() >= durationMs) return;
    const isSurge = surge !== undefined && clock.now() >= surge.fromMs && clock.now() < surge.toMs;
    clock.after(1_000 / (callsPerSecond * (isSurge ? surge.factor : 1)), next);
    begin();
  };
  clock.after(0, next);
  await clock.advance(durationMs);
  return report(options, users, dependency.calledAt);
}

class Dependency {
  readonly calledAt: number[] = [];
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #options: SimulatedDependency;
  readonly #schedule: FaultSchedule;
  readonly #line: (() => void)[] = [];
  #working = 0;
  #coldCallsLeft = 0;
  #workedAt = 0;

  constructor(clock: Clock, random: () => number, options: SimulatedDependency) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    this.#schedule = new FaultSchedule(options.faults ?? []);
  }

  call(signal: AbortSignal): Promise<string> {
    this.calledAt.push(this.#clock.now());
    const found = this.#schedule.at(this.#clock.now());
    const fault =
      found !== undefined && (found.ratio === undefined || this.#random() < found.ratio) ? found : undefined;
    if (fault?.fault === 'refuse') return Promise.reject(fault.error ?? refusedConnection());
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', leave, { once: true });
      if (fault?.fault === 'hang') return;
      const end = (): void => {
        signal.removeEventListener('abort', leave);
        if (fault?.fault === 'error') reject(fault.error ?? unavailable());
        else resolve('answered');
      };
      const { capacity = Infinity, line = Infinity } = this.#options;
      const slowerByMs = fault?.fault === 'slow' ? (fault.delayMs ?? 1_000) : 0;
      if (this.#working < capacity) this.#work(slowerByMs, end);
      else if (this.#line.length < line) this.#line.push(() => this.#work(slowerByMs, end));
      else {
        signal.removeEventListener('abort', leave);
        reject(unavailable());
      }
    });
  }

  /** What was begun is ended, also when nobody waits for it any more. */
  #work(slowerByMs: number, end: () => void): void {
    const workMs = this.#latencyMs() + slowerByMs;
    this.#working += 1;
    this.#clock.after(workMs, () => {
      this.#working -= 1;
      this.#workedAt = this.#clock.now();
      end();
      this.#line.shift()?.();
    });
  }

  /** Of a call that begins now. */
  #latencyMs(): number {
    const { latencyMs, cold } = this.#options;
    if (cold === undefined) return latencyMs;
    if (this.#working === 0 && this.#clock.now() - this.#workedAt >= cold.idleMs) this.#coldCallsLeft = cold.calls;
    if (this.#coldCallsLeft === 0) return latencyMs;
    this.#coldCallsLeft -= 1;
    return cold.latencyMs;
  }
}

function report(
  { durationMs, dependency }: SimulationOptions,
  users: readonly { readonly beganAt: number; readonly endedAt: number; readonly ok: boolean }[],
  calledAt: readonly number[],
): SimulationReport {
  const seconds = Math.ceil(durationMs / 1_000);
  const perSecond = (times: readonly number[]): number[] => {
    const series = Array<number>(seconds).fill(0);
    for (const time of times) {
      const second = Math.floor(time / 1_000);
      if (second < seconds) series[second] = (series[second] ?? 0) + 1;
    }
    return series;
  };
  const answered = users.filter(({ ok }) => ok);
  const schedule = new FaultSchedule(dependency.faults ?? []);
  const loads = perSecond(calledAt);
  const lastFault = schedule.faults.at(-1)?.toMs ?? 0;
  return {
    calls: users.length,
    answered: answered.length,
    load: calledAt.length,
    loadDuringFaults: calledAt.filter((time) => schedule.at(time) !== undefined).length,
    peakAfterwards: Math.max(0, ...loads.slice(Math.ceil(lastFault / 1_000))),
    goodput: perSecond(answered.map(({ endedAt }) => endedAt)),
    loads,
    detectedAfterMs: detection(schedule, users, calledAt),
    recoveredAfterMs: recovery(lastFault, durationMs, users),
  };
}

/** Looks at each instant at which a call reached the dependency, the begin of the fault included. */
function detection(
  { faults }: FaultSchedule,
  users: readonly { readonly beganAt: number }[],
  calledAt: readonly number[],
): number | undefined {
  const [first] = faults;
  if (first === undefined) return undefined;
  const during = calledAt.filter((time) => time >= first.fromMs && time < first.toMs);
  for (const start of [first.fromMs, ...during]) {
    if (start + 1_000 > first.toMs) return undefined;
    const reached = during.filter((time) => time > start && time <= start + 1_000).length;
    const began = users.filter(({ beganAt }) => beganAt > start && beganAt <= start + 1_000).length;
    if (reached < began / 10) return start - first.fromMs;
  }
  return undefined;
}

function recovery(
  fromMs: number,
  durationMs: number,
  users: readonly { readonly beganAt: number; readonly ok: boolean }[],
): number | undefined {
  for (let start = fromMs; start + 1_000 <= durationMs - 1_000; start += 50) {
    const began = users.filter(({ beganAt }) => beganAt >= start && beganAt < start + 1_000);
    if (began.length > 0 && began.filter(({ ok }) => ok).length >= 0.99 * began.length) return start - fromMs;
  }
  return undefined;
}
