import type { Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Clock } from '../clock.ts';
import { FaultSchedule, unavailable, type Fault } from './fault-schedule.ts';
import { refusedConnection } from './flaky.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

/**
 * What stands between the simulated users and the dependency: a pipeline or a single policy.
 *
 * @example
 * ```ts
 * const guard: Guard = pipeline('students', [retry(), timeout({ limitMs: 500 })]);
 * ```
 */
export interface Guard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/**
 * The dependency that is called: its latency, capacity, caches and faults.
 *
 * @example
 * ```ts
 * const database: SimulatedDependency = {
 *   latencyMs: 20,
 *   capacity: 10,
 *   faults: [{ fromMs: 10_000, toMs: 40_000, fault: 'refuse' }],
 * };
 * ```
 */
export interface SimulatedDependency {
  /** Time spent on each call, in milliseconds. */
  readonly latencyMs: number;
  /** Concurrent calls; further ones queue. Default: no limit. */
  readonly capacity?: number;
  /**
   * Length of the queue; calls beyond it get a 503 at once. Default: no limit. Queued calls are processed even after their
   * caller has left, as real servers do: that is how an overload outlives its cause.
   */
  readonly line?: number;
  /**
   * Cold caches: after `idleMs` without work, as after a restart, the next `calls` calls take `latencyMs` each. The simulation
   * starts warm. Default: never cold.
   */
  readonly cold?: { readonly latencyMs: number; readonly calls: number; readonly idleMs: number };
  /** When it misbehaves. Default: never. */
  readonly faults?: readonly Fault[];
}

/**
 * What to simulate.
 *
 * @example
 * ```ts
 * const options: SimulationOptions = {
 *   durationMs: 60_000,
 *   callsPerSecond: 100,
 *   dependency: { latencyMs: 20, faults: [{ fromMs: 10_000, toMs: 40_000, fault: 'refuse' }] },
 *   build: (host) => pipeline('students', [retry(), circuitBreaker()], host),
 * };
 * const { answered, calls } = await simulate(options);
 * ```
 */
export interface SimulationOptions {
  /** Virtual time to simulate, in milliseconds. */
  readonly durationMs: number;
  /** Calls that users start each second, at a constant rate whatever happens to earlier ones (an open loop). */
  readonly callsPerSecond: number;
  /** Multiplies `callsPerSecond` by `factor` from `fromMs` to `toMs`. Default: none. */
  readonly surge?: { readonly fromMs: number; readonly toMs: number; readonly factor: number };
  /** How long users wait before they give up, in milliseconds. Default: as long as it takes. */
  readonly patienceMs?: number;
  readonly dependency: SimulatedDependency;
  /** Seed of all random choices; the same seed gives the same report. Default 1. */
  readonly seed?: number;
  /** Creates the guard under test; return `undefined` for unguarded calls. */
  readonly build: (host: { readonly clock: Clock; readonly random: () => number }) => Guard | undefined;
}

/**
 * The result of a simulation. Times are in milliseconds; series have one number per second from the start.
 *
 * @example
 * ```ts
 * const report: SimulationReport = await simulate({
 *   durationMs: 60_000,
 *   callsPerSecond: 100,
 *   dependency: { latencyMs: 20 },
 *   build: (host) => timeout({ limitMs: 500, ...host }),
 * });
 * log.info(`${report.answered} of ${report.calls} calls were answered`);
 * ```
 */
export interface SimulationReport {
  /** Calls that users started. */
  readonly calls: number;
  /** Calls that were answered in time. */
  readonly answered: number;
  /** Calls that reached the dependency. */
  readonly load: number;
  /** Calls that reached it during a fault. */
  readonly loadDuringFaults: number;
  /** The most calls that reached it in any second after the last fault. */
  readonly peakAfterwards: number;
  /** Calls answered in time, per second. */
  readonly goodput: readonly number[];
  /** Calls that reached the dependency, per second. */
  readonly loads: readonly number[];
  /** From the start of the first fault until less than a tenth of the users' calls reached it for one second; `undefined` when that never happened. */
  readonly detectedAfterMs: number | undefined;
  /** From the end of the last fault until at least 99 % of the users' calls were answered for one second; `undefined` when that never happened. */
  readonly recoveredAfterMs: number | undefined;
}

/**
 * Runs users, a dependency with limited capacity and faults, and your policies between them, in virtual time. Minutes take about a
 * second, and the same seed gives the same report.
 *
 * @example
 * ```ts
 * const { answered, calls, peakAfterwards } = await simulate({
 *   durationMs: 120_000,
 *   callsPerSecond: 200,
 *   dependency: { latencyMs: 20, faults: [{ fromMs: 10_000, toMs: 40_000, fault: 'refuse' }] },
 *   build: (host) => circuitBreaker({ failureThreshold: 5, ...host }),
 * });
 * ```
 */
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

  /** Work that has started is finished, even if nobody waits for it any more. */
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

  /** Latency of a call that starts now. */
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

/** Checks every moment at which a call reached the dependency, and the start of the fault. */
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
