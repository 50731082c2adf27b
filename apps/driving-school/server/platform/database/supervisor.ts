import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { type Clock, systemClock } from 'dualbrake';
import type { EmbeddedOptions, FromEmbedded, ToEmbedded } from './embedded-messages.ts';
import { DatabaseRefusal } from './refusal.ts';
import { ServiceState, type StateChange } from './service-state.ts';

/** Settings of a `Supervisor`. */
export interface SupervisorOptions {
  readonly embedded: EmbeddedOptions;
  /** Runs a simple query. Rejects without an answer. */
  readonly check: () => Promise<void>;
  /** Prepares the database, for example with migrations, when the process accepts connections and before it is up. */
  readonly prepare: () => Promise<void>;
  readonly onChange: (change: StateChange) => void;
  /** Called with a description when the process has found pages that do not match their checksums. */
  readonly onDamage?: (description: string) => void;
  /** Called with sentences about the progress of a start. */
  readonly onProgress?: (text: string) => void;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/** The embedded database could not be started. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
  readonly code = 'DATABASE_START';
}

const CHECK_INTERVAL_MS = 1_000;
/** Consecutive unanswered checks after which the process is killed. */
const MISSES_MAX = 3;
/** Time for the process to stop before it is killed, in milliseconds. */
const STOP_LIMIT_MS = 5_000;
/** Time limit for a copy, in milliseconds. */
const COPY_LIMIT_MS = 600_000;
/** Time limit for a start, in milliseconds: long enough for a first start on a slow machine. */
const START_LIMIT_MS = 120_000;
/** Initial delay while the process keeps failing, in milliseconds. It doubles each time. */
const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 10_000;
/**
 * Maximum delay, in milliseconds, after a process that was up or that was killed from outside: the next attempt may
 * succeed, and users are waiting.
 */
const DELAY_AFTER_KILL_MAX_MS = 1_000;
/** Time up after which earlier failures no longer count, in milliseconds. */
const STEADY_MS = 5_000;
/** Failed attempts after which `start()` gives up. */
const FIRST_ATTEMPTS_MAX = 3;

/** The entry point, compiled or not, like this module. */
const ENTRY = join(import.meta.dirname, `embedded-server${extname(import.meta.filename)}`);

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Starts, monitors, restarts and stops the process of the embedded database. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #clock: Clock;
  readonly #state: ServiceState;
  #child: ChildProcess | undefined;
  #waiters: Waiter[] = [];
  /** False until the first start has succeeded: until then, failures are thrown to the caller. */
  #hasBeenUp = false;
  #stopping = false;
  /** Set while the supervisor ends the process. */
  #ending: { readonly reason: string; readonly requested: boolean } | undefined;
  #failuresInARow = 0;
  #restarts = 0;
  #lastRestartMs: number | undefined;
  #downSince: number | undefined;
  #upSince: number | undefined;
  /** Whether the current process, or the one that was just lost, has been up. */
  #cameUp = false;
  #busyUntil = Number.NEGATIVE_INFINITY;
  /** By their target directory. */
  readonly #copies = new Map<string, { resolve: (pauseMs: number) => void; reject: (error: Error) => void }>();
  /** The only timer: the limit of a start, the next check, or the delay before the next start. */
  #cancelTimer: () => void = () => undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#state = new ServiceState(this.#clock, options.onChange);
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** Process id of the database, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Duration of the last outage that ended with a restart, in milliseconds. */
  get lastRestartMs(): number | undefined {
    return this.#lastRestartMs;
  }

  /** True while the process may not answer because connections wait for a transaction or for maintenance. */
  get busy(): boolean {
    return this.#clock.now() < this.#busyUntil;
  }

  /**
   * Starts the process and waits until it is up.
   *
   * @throws DatabaseStartError when it does not come up after three attempts; DatabaseRefusal from `prepare`
   */
  start(): Promise<void> {
    if (this.#state.state !== 'stopped') throw new TypeError('The supervisor has been started already.');
    this.#stopping = false;
    this.#hasBeenUp = false;
    this.#failuresInARow = 0;
    this.#state.enter('starting', 'the application starts');
    const up = this.#whenUp();
    this.#launch();
    return up;
  }

  /** Stops the process, gracefully if it responds within `STOP_LIMIT_MS`, and does not restart it. */
  async stop(): Promise<void> {
    if (this.#state.state === 'stopped') return;
    this.#stopping = true;
    this.#cancelTimer();
    this.#rejectWaiters(new DatabaseStartError('The database was stopped.'));
    await this.#endChild('the application stops', true);
    this.#state.enter('stopped', 'the application stops');
  }

  /** Restarts the process. Resolves when it is up. While a restart is in progress, waits for that one. */
  restart(reason: string): Promise<void> {
    if (this.#stopping || this.#state.state === 'stopped') {
      return Promise.reject(new TypeError('The database is stopped: nothing to restart.'));
    }
    const isStarting = this.#state.state === 'starting' || this.#state.state === 'restarting';
    const up = this.#whenUp();
    if (isStarting) return up;
    const running = this.#child !== undefined;
    this.#markDown();
    this.#state.enter('restarting', reason);
    if (running) void this.#endChild(reason, true);
    else this.#launch();
    return up;
  }

  /**
   * Copies the data directory while the database works.
   *
   * @param to absolute path of a folder that does not exist
   * @returns how long statements had to wait, in milliseconds
   * @throws Error when the database is not up, ends during the copy, or cannot read or write the files
   */
  copy(to: string): Promise<number> {
    const child = this.#child;
    if (child === undefined || this.#state.state !== 'up') return Promise.reject(new Error('the database is not up'));
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(COPY_LIMIT_MS, () => {
        this.#endCopy(to)?.reject(new Error(`it was not complete after ${COPY_LIMIT_MS / 1_000} s`));
      });
      this.#copies.set(to, {
        resolve: (pauseMs) => {
          cancel();
          resolve(pauseMs);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
      const message: ToEmbedded = { type: 'copy', to };
      // Ignore an error: when the channel is closed, the process ends.
      child.send(message, () => undefined);
    });
  }

  #copied({ to, pauseMs, problem }: Extract<FromEmbedded, { type: 'copied' }>): void {
    const copy = this.#endCopy(to);
    if (problem === undefined) copy?.resolve(pauseMs);
    else copy?.reject(new Error(problem));
  }

  #endCopy(to: string) {
    const copy = this.#copies.get(to);
    this.#copies.delete(to);
    return copy;
  }

  #whenUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #rejectWaiters(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #launch(): void {
    this.#ending = undefined;
    this.#cameUp = false;
    // An empty environment: no secrets, and no Node options meant for the application.
    const { directory, socketPath, durable } = this.#options.embedded;
    const child = fork(
      ENTRY,
      [directory, socketPath, durable ? 'durable' : 'fast', this.#hasBeenUp ? 'again' : 'first'],
      {
        execArgv: ['--disable-warning=ExperimentalWarning'],
        env: {},
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.#child = child;
    let output = '';
    let created = false;
    child.stderr?.on('data', (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-500);
    });
    child.on('message', (message: FromEmbedded) => {
      if (this.#child !== child) return;
      if (message.type === 'created') created = true;
      else if (message.type === 'failed') output = message.reason;
      else if (message.type === 'busy') this.#busyUntil = this.#clock.now() + message.forMs;
      else if (message.type === 'copied') this.#copied(message);
      else if (message.type === 'damaged') this.#options.onDamage?.(message.description);
      else if (message.type === 'progress') this.#options.onProgress?.(PROGRESS[message.step]);
      else void this.#becomeReady(child);
    });
    // Without a pid the start has failed, and there is no 'exit'. Other errors come from the channel.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#lost(child, `the process could not be started: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      if (created && code === 0) this.#relaunchAfterCreation(child);
      else this.#lost(child, howItEnded(code, signal, output), signal !== null);
    });
    this.#after(START_LIMIT_MS, () => {
      this.#kill(`it was not ready after ${START_LIMIT_MS / 1_000} s`);
    });
  }

  #relaunchAfterCreation(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#cancelTimer();
    if (!this.#stopping) this.#launch();
  }

  /** Prepares the database once the process accepts connections. */
  async #becomeReady(child: ChildProcess): Promise<void> {
    try {
      await this.#options.prepare();
    } catch (error) {
      if (this.#child !== child) return;
      if (!this.#hasBeenUp && error instanceof DatabaseRefusal) {
        // Retrying does not help; the message is for the person who starts the program.
        this.#stopping = true;
        this.#cancelTimer();
        await this.#endChild(error.message, true);
        this.#state.enter('stopped', error.message);
        this.#rejectWaiters(error);
        return;
      }
      this.#kill(`it could not be prepared: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (this.#child !== child || this.#stopping || this.#ending !== undefined) return;
    this.#cancelTimer();
    const now = this.#clock.now();
    this.#upSince = now;
    this.#cameUp = true;
    if (this.#hasBeenUp) {
      this.#restarts += 1;
      if (this.#downSince !== undefined) this.#lastRestartMs = now - this.#downSince;
    }
    this.#downSince = undefined;
    this.#state.enter('up', this.#hasBeenUp ? 'the database is back' : 'the database has started');
    this.#hasBeenUp = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    this.#watch(child, 0);
  }

  /** Schedules the next check. Intervals are measured between the starts of checks. */
  #watch(child: ChildProcess, misses: number, delayMs = CHECK_INTERVAL_MS): void {
    this.#after(delayMs, () => void this.#check(child, misses));
  }

  async #check(child: ChildProcess, misses: number): Promise<void> {
    const checkedAt = this.#clock.now();
    let missed = 0;
    try {
      await this.#options.check();
    } catch {
      missed = this.busy ? 0 : misses + 1;
    }
    if (this.#child !== child || this.#state.state !== 'up') return;
    if (missed >= MISSES_MAX) this.#kill(`it did not answer ${MISSES_MAX} health checks in a row`);
    else this.#watch(child, missed, Math.max(checkedAt + CHECK_INTERVAL_MS - this.#clock.now(), 0));
  }

  #kill(reason: string): void {
    this.#markDown();
    this.#state.enter(this.#hasBeenUp ? 'down' : this.#state.state, reason);
    void this.#endChild(reason, false);
  }

  #markDown(): void {
    this.#cancelTimer();
    this.#downSince ??= this.#clock.now();
    if (this.#upSince !== undefined && this.#clock.now() - this.#upSince >= STEADY_MS) this.#failuresInARow = 0;
    this.#upSince = undefined;
  }

  async #endChild(reason: string, graceful: boolean): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#ending = { reason, requested: graceful };
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = (): void => void child.kill('SIGKILL');
    let cancelKill: (() => void) | undefined;
    if (graceful && child.connected) {
      const message: ToEmbedded = { type: 'stop' };
      // Ignore an error: when the channel is closed, the process ends or is killed below.
      child.send(message, () => undefined);
      cancelKill = this.#clock.after(STOP_LIMIT_MS, kill);
    } else kill();
    await ended;
    cancelKill?.();
  }

  #lost(child: ChildProcess, how: string, bySignal = false): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const to of this.#copies.keys()) this.#endCopy(to)?.reject(new Error('the database process ended'));
    this.#markDown();
    if (this.#stopping) return;
    if (this.#ending?.requested === true) {
      this.#launch();
      return;
    }
    const reason = this.#ending?.reason ?? how;
    this.#failuresInARow += 1;
    if (!this.#hasBeenUp && this.#failuresInARow >= FIRST_ATTEMPTS_MAX) {
      this.#rejectWaiters(
        new DatabaseStartError(`The database did not start in ${FIRST_ATTEMPTS_MAX} attempts: ${reason}.`),
      );
      this.#state.enter('stopped', reason);
      return;
    }
    const wasKilled = bySignal && this.#ending === undefined;
    const delayMs = restartDelayMs(this.#failuresInARow, this.#cameUp || wasKilled);
    if (this.#hasBeenUp) this.#state.enter('down', reason);
    if (delayMs === 0) this.#relaunch(reason);
    else this.#after(delayMs, () => this.#relaunch(reason));
  }

  #relaunch(reason: string): void {
    if (this.#hasBeenUp) this.#state.enter('restarting', reason);
    this.#launch();
  }

  #after(delayMs: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, callback);
  }
}

/** Zero after the first failure, then growing. */
function restartDelayMs(failuresInARow: number, canStart: boolean): number {
  if (failuresInARow <= 1) return 0;
  const limitMs = canStart ? DELAY_AFTER_KILL_MAX_MS : DELAY_MAX_MS;
  return Math.min(FIRST_DELAY_MS * 2 ** (failuresInARow - 2), limitMs);
}

const PROGRESS = {
  waiting: 'Waiting for the previous database process to end…',
  creating: 'First start: creating the database…',
  opening: 'Opening the database…',
  'without-checksums': 'This database has no page checksums, so damage cannot be detected.',
} as const;

function howItEnded(code: number | null, signal: NodeJS.Signals | null, output: string): string {
  if (signal !== null) return `the database process was ended by ${signal}`;
  const detail = output.trim();
  return `the database process ended with code ${code ?? 'unknown'}${detail === '' ? '' : `: ${detail}`}`;
}
