import { hostname } from 'node:os';
import { Measurement } from 'dualbrake/measurement';
import { SettingsBook } from '../config/settings-book.ts';
import { LogStore } from '../logs/log-store.ts';
import { redact } from '../logs/redact.ts';
import type { ConsoleLogEntry, ConsoleOptions } from '../options.ts';
import { Store } from '../store/store.ts';
import { WallTime } from '../wall-time.ts';
import { AuditedActions } from './audited-actions.ts';
import { ChangeFeed } from './change-feed.ts';
import { LoopDelay } from './loop-delay.ts';
import { Members } from './members.ts';

/** Outcomes of each breaker that are kept for previews: an hour of a healthy dependency. */
const LOGGED_OUTCOMES = 65_536;

/** Shared by all parts of the control plane: the registry, clocks, records, and functions to report with. */
export type Core = ReturnType<typeof createCore>;

export function createCore(options: ConsoleOptions) {
  const { registry, environment = '', roleNames, wallClock = Date.now, clock = registry.clock } = options;
  const time = new WallTime(registry.clock, wallClock);

  const onError = (error: unknown): void => quietly(() => options.onError?.(error));
  const log = (entry: ConsoleLogEntry): void => quietly(() => options.log?.(redact(entry) as ConsoleLogEntry));

  const { path, auditKey, ...retention } = options.store ?? {};
  const store = new Store(path, wallClock, auditKey, retention, onError);
  const defer = (delayMs: number, work: () => void): (() => void) => clock.after(delayMs, work, { background: true });
  const logs = new LogStore(wallClock, defer, options.logs);
  const audited = new AuditedActions(store, wallClock, (text) => {
    process.stderr.write(`${text}\n`);
    logs.add({ level: 'warn', msg: text, event: 'console.break_glass' });
  });
  concludeInterrupted(store, onError);

  const members = new Members(options);
  return {
    environment,
    roleNames,
    isReadOnly: options.readOnly ?? process.env['RECOVERY_CONSOLE_READONLY'] === '1',
    instanceId: options.instance?.id ?? `${hostname()}:${process.pid}`,
    /** Milliseconds since the epoch. */
    startedAt: wallClock(),
    registry,
    clock,
    time,
    store,
    logs,
    /** Writes to the application's log. */
    log,
    /** Reports an unexpected error. */
    onError,
    feed: new ChangeFeed(store, time, onError),
    audited,
    members,
    nameOf: (id: string): string => members.nameOf(id),
    measurement: Measurement.of(registry, { loggedOutcomes: LOGGED_OUTCOMES }),
    settings: new SettingsBook(registry, store, wallClock),
    loopDelay: new LoopDelay(),
  };
}

/** Calls a function of the application. Its errors must not fail an action that has been carried out. */
function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // There is nobody else to report it to.
  }
}

/** Marks actions that an earlier process did not finish. */
function concludeInterrupted({ audit, file }: Store, onError: (error: unknown) => void): void {
  try {
    const interrupted = audit.interrupted();
    if (interrupted.length === 0) return;
    file.commit(() => {
      for (const intent of interrupted) audit.conclude(intent, { outcome: 'interrupted', after: null });
    });
  } catch (error) {
    onError(error);
  }
}
