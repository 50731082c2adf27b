import { hostname } from 'node:os';
import type { RecoverableService } from 'dualbrake';
import { Measurement } from 'dualbrake/measurement';
import { SettingsBook } from '../config/settings-book.ts';
import type { InstanceView } from '../contract.ts';
import { Drills } from '../drills/drills.ts';
import { Funnels } from '../history/funnels.ts';
import { History } from '../history/history.ts';
import { IncidentErrors } from '../incidents/incident-errors.ts';
import { IncidentKeeper } from '../incidents/incident-keeper.ts';
import { severityOf } from '../incidents/incident-view.ts';
import { Incidents } from '../incidents/incidents.ts';
import { noticeableLines } from '../incidents/noticeable-lines.ts';
import { LogStore } from '../logs/log-store.ts';
import { redact } from '../logs/redact.ts';
import type { ConsoleLogEntry, ConsoleOptions } from '../options.ts';
import { Store } from '../store/store.ts';
import { isoOf, WallTime } from '../wall-time.ts';
import { ActionRate } from './action-rate.ts';
import { AuditedActions } from './audited-actions.ts';
import { BreakerActions } from './breaker-actions.ts';
import { Breakers } from './breakers.ts';
import { BulkOperations } from './bulk.ts';
import { ChangeFeed } from './change-feed.ts';
import { DrillActions } from './drill-actions.ts';
import { EventRecorder } from './event-recorder.ts';
import { every } from './every.ts';
import { LoopDelay } from './loop-delay.ts';
import { Members } from './members.ts';
import { Operations } from './operations.ts';
import { Overrides } from './overrides.ts';
import { Overview } from './overview.ts';
import { PersonNames } from './person-names.ts';
import { ServiceActions } from './service-actions.ts';
import { Services } from './services.ts';
import { SettingsActions } from './settings-actions.ts';

const TICK_MS = 1_000;
/** Outcomes of each breaker that are kept for previews: an hour of a healthy dependency. */
const LOGGED_OUTCOMES = 65_536;

/** Everything that the console shows and does, by name. Independent of HTTP. */
export type ControlPlane = ReturnType<typeof createControlPlane>;

/** Builds the parts of the console and connects them. Each part receives only what it needs. */
export function createControlPlane(options: ConsoleOptions) {
  const { registry, environment = '', roleNames, wallClock = Date.now } = options;
  const { clock = registry.clock } = options;
  const isReadOnly = options.readOnly ?? process.env['RECOVERY_CONSOLE_READONLY'] === '1';
  const instanceId = options.instance?.id ?? `${hostname()}:${process.pid}`;
  const time = new WallTime(registry.clock, wallClock);
  const startedAt = wallClock();

  const onError = (error: unknown): void => {
    try {
      options.onError?.(error);
    } catch {
      // There is nobody else to report it to.
    }
  };
  /** A failing log does not fail an action that has been carried out. */
  const log = (entry: ConsoleLogEntry): void => {
    try {
      options.log?.(redact(entry) as ConsoleLogEntry);
    } catch {
      // There is nobody else to report it to.
    }
  };

  const { path, auditKey, ...retention } = options.store ?? {};
  const store = new Store(path, wallClock, auditKey, retention, onError);
  const defer = (delayMs: number, work: () => void): (() => void) => clock.after(delayMs, work, { background: true });
  const logs = new LogStore(wallClock, defer, options.logs);
  const feed = new ChangeFeed(store, time, onError);
  const audited = new AuditedActions(store, wallClock, (text) => {
    process.stderr.write(`${text}\n`);
    logs.add({ level: 'warn', msg: text, event: 'console.break_glass' });
  });
  concludeInterrupted(store, onError);

  const members = new Members(registry, options.members, options.services);
  const nameOf = (id: string): string => members.nameOf(id);
  const measurement = Measurement.of(registry, { loggedOutcomes: LOGGED_OUTCOMES });
  const settings = new SettingsBook(registry, store, wallClock);
  const base = { environment, roleNames, isReadOnly, registry, clock, time, store, logs, log, onError, feed, audited };
  const core = { ...base, members, nameOf, measurement, settings };

  const history = new History(measurement, store, startedAt);
  const funnels = new Funnels(measurement, startedAt);
  const overrides = new Overrides(registry, store, wallClock);
  const loopDelay = new LoopDelay();
  const incidentErrors = new IncidentErrors(measurement, time);
  const keeper = new IncidentKeeper(store, {
    areNeighbours: (one, other) => members.neighboursOf(one).has(other),
    errors: incidentErrors,
    linesBetween: (from, to) => noticeableLines(logs, from, to),
  });
  const incidents = new Incidents({ ...core, keeper });
  const drills = new Drills({
    registry,
    measurement,
    wallClock,
    loopDelayMs: () => loopDelay.p99Ms,
    options: options.drills ?? { enabled: false },
    environment,
    onEnded: (fault) => drillActions.ended(fault),
  });
  const drillActions = new DrillActions({ ...core, drills });
  const breakers = new Breakers({ ...core, keeper, drills });
  const breakerActions = new BreakerActions({ ...core, breakers, overrides });
  const operations = new Operations(clock, wallClock, instanceId, {
    changed: (operation, request) => serviceActions.changed(operation, request),
    failed: onError,
  });
  const services = new Services({ ...core, operations }, options.services);
  const serviceActions = new ServiceActions({ ...core, operations, services });
  const settingsActions = new SettingsActions(core);
  const instance = (): InstanceView => ({
    id: instanceId,
    version: options.instance?.version ?? '',
    node: process.version,
    started_at: isoOf(startedAt),
    last_report_at: time.nowIso(),
    loop_delay_p99_ms: loopDelay.p99Ms,
  });
  const overview = new Overview({ ...core, breakers, services, incidents, drills, instance });
  const recorder = new EventRecorder({ ...core, incidents, drills, logEvents: options.logEvents ?? true });

  const tickOverrides = (): void => {
    const { restored, expired } = overrides.tick();
    for (const { breaker, mode, endsAt } of restored) {
      const params = { mode, ends_at: isoOf(endsAt) };
      audited.note('breaker.override.restored', { type: 'breaker', id: breaker }, params);
    }
    for (const { breaker, mode } of expired) {
      audited.note('breaker.override.expired', { type: 'breaker', id: breaker }, { mode });
      feed.record({
        kind: 'override',
        target: breaker,
        target_name: nameOf(breaker),
        what: 'expired',
        why: 'its time is up',
      });
    }
  };
  /** What no event announces. A part that fails must not stop the others, or the process. */
  const ticks: readonly ((now: number) => void)[] = [
    () => loopDelay.tick(),
    (now) => history.tick(now),
    (now) => funnels.tick(now),
    () => drills.tick(),
    () => settings.tick(),
    tickOverrides,
    (now) => settingsActions.revertTrials(now),
    (now) => recorder.tick(now),
    () => incidentErrors.tick(registry.clock.now()),
    (now) => incidents.tick(now),
    () => store.flush(),
  ];
  const tick = (): void => {
    const now = time.now();
    for (const part of ticks) {
      try {
        part(now);
      } catch (error) {
        onError(error);
      }
    }
  };

  const endings = [registry.subscribe((event) => recorder.record(event)), ...services.watch()];
  tickOverrides();
  const { revision } = settings;
  if (revision > 0) audited.note('config.loaded', { type: 'config', id: `r${revision}` }, { revision });
  const stopTicking = every(TICK_MS, tick, clock);

  return {
    ...core,
    history,
    funnels,
    incidents,
    drills,
    drillActions,
    breakers,
    breakerActions,
    operations,
    services,
    serviceActions,
    settingsActions,
    overview,
    instance,
    bulk: new BulkOperations({ ...core, breakers, breakerActions }),
    names: new PersonNames(store.names, clock, options.personName, onError),
    /** Changes of a user in a minute. */
    actionRate: new ActionRate(options.ordersPerMinute ?? 120),
    /** Exports of a user in a minute. */
    exportRate: new ActionRate(10),

    /** Puts a service under the lock that operators' actions take; see `Operations.guard`. */
    guard(serviceId: string, service: RecoverableService): RecoverableService {
      return operations.guard(serviceId, service);
    },

    /** For metrics. */
    figures() {
      const open = incidents.keeper.open.map(severityOf);
      const major = open.filter((severity) => severity === 'major').length;
      return {
        eventLoopDelayMs: loopDelay.p99Ms ?? undefined,
        configRevision: settings.revision,
        configUpdates: { ...settingsActions.updates },
        incidentsOpen: { minor: open.length - major, major },
        incidentsEnded: { ...incidents.ended },
        actions: operations.counts,
        checks: operations.checks,
        logLinesDropped: logs.dropped,
        services: services.views().map(({ id, state }) => ({ service: id, up: state === 'up' })),
      };
    },

    close(): void {
      stopTicking();
      for (const end of endings) end();
      feed.close();
      drills.close();
      operations.close();
      history.finish();
      keeper.flush();
      loopDelay.close();
      logs.close();
      store.close();
    },
  };
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
