import type { InstanceView } from '../contract.ts';
import { Drills } from '../drills/drills.ts';
import { Funnels } from '../history/funnels.ts';
import { History } from '../history/history.ts';
import { severityOf } from '../incidents/incident-view.ts';
import { Incidents } from '../incidents/incidents.ts';
import type { ConsoleOptions } from '../options.ts';
import { isoOf } from '../wall-time.ts';
import { ActionRate } from './action-rate.ts';
import { breakerActions } from './breaker-actions.ts';
import { Breakers } from './breakers.ts';
import { BulkOperations } from './bulk.ts';
import { createCore } from './core.ts';
import { EventRecorder } from './event-recorder.ts';
import { every } from './every.ts';
import { Operations } from './operations.ts';
import { Overrides } from './overrides.ts';
import { overviewOf } from './overview.ts';
import { PersonNames } from './person-names.ts';
import { Services } from './services.ts';
import { SettingsActions } from './settings-actions.ts';

const TICK_MS = 1_000;

/** Everything that the console shows and does, by name. Independent of HTTP. */
export type ControlPlane = ReturnType<typeof createControlPlane>;

/** Builds the parts of the console and connects them. */
export function createControlPlane(options: ConsoleOptions) {
  const core = createCore(options);
  const { audited, clock, feed, instanceId, logs, loopDelay, onError, registry } = core;
  const { settings, startedAt, store, time } = core;

  const history = new History(core);
  const funnels = new Funnels(core);
  const overrides = new Overrides(core);
  const incidents = new Incidents(core);
  const drills = new Drills(core, options.drills);
  const breakers = new Breakers(core, incidents, drills);
  const actions = breakerActions(core, breakers, overrides);
  const operations = new Operations(core, (service) => services.show(service).state);
  const services = new Services(core, operations, options.services);
  const settingsActions = new SettingsActions(core);
  const instance = (): InstanceView => ({
    id: instanceId,
    version: options.instance?.version ?? '',
    node: process.version,
    started_at: isoOf(startedAt),
    last_report_at: time.nowIso(),
    loop_delay_p99_ms: loopDelay.p99Ms,
  });
  const recorder = new EventRecorder(core, incidents, drills, options.logEvents);

  /** Work of every second. A part that fails must not stop the others, or the process. */
  const ticks: readonly ((now: number) => void)[] = [
    () => loopDelay.tick(),
    (now) => history.tick(now),
    (now) => funnels.tick(now),
    () => drills.tick(),
    () => settings.tick(),
    () => overrides.tick(),
    (now) => settingsActions.revertTrials(now),
    (now) => recorder.tick(now),
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
  overrides.tick();
  const { revision } = settings;
  if (revision > 0) audited.note('config.loaded', { type: 'config', id: `r${revision}` }, { revision });
  const stopTicking = every(TICK_MS, tick, clock);

  return {
    ...core,
    history,
    funnels,
    incidents,
    drills,
    breakers,
    breakerActions: actions,
    operations,
    services,
    settingsActions,
    instance,
    overview: overviewOf(core, { breakers, services, incidents, drills, instance }),
    bulk: new BulkOperations(core, breakers, actions),
    names: new PersonNames(core, options.personName),
    /** Changes of a user in a minute. */
    actionRate: new ActionRate(options.actionsPerMinute ?? 120),
    /** Exports of a user in a minute. */
    exportRate: new ActionRate(10),

    /** For metrics. */
    figures() {
      const open = incidents.open.map(severityOf);
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
      incidents.flush();
      loopDelay.close();
      logs.close();
      store.close();
    },
  };
}
