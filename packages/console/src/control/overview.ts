import type { InstanceView, OverviewView } from '../contract.ts';
import type { Drills } from '../drills/drills.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { attentionOf } from '../views/attention.ts';
import { byUrgency } from '../views/breaker-view.ts';
import { isUnreadable, ofKind } from '../views/listed.ts';
import { retryView } from '../views/retry-view.ts';
import { verdictOf } from '../views/verdict.ts';
import { isoOf } from '../wall-time.ts';
import type { Breakers } from './breakers.ts';
import type { Core } from './core.ts';
import type { Services } from './services.ts';

/** Changes that an overview contains, at most. */
const CHANGES_SHOWN = 100;
/** How long an overview is reused while nothing has changed, in milliseconds. */
const REUSED_MS = 250;

/** The parts whose state an overview shows. */
interface Shown {
  readonly breakers: Breakers;
  readonly services: Services;
  readonly incidents: Incidents;
  readonly drills: Drills;
  readonly instance: () => InstanceView;
}

/** @returns everything that the page *Now* shows, in one answer */
export function overviewOf(core: Core, shown: Shown): () => OverviewView {
  const { feed, time } = core;
  let last: { readonly view: OverviewView; readonly at: number } | undefined;
  return () => {
    const now = time.now();
    if (last?.view.version !== feed.version || Math.abs(now - last.at) >= REUSED_MS) {
      last = { view: buildOverview(core, shown, now), at: now };
    }
    return last.view;
  };
}

function buildOverview(core: Core, { instance, ...parts }: Shown, now: number): OverviewView {
  const { environment, feed, isReadOnly, settings } = core;
  const members = core.members.all();
  const breakers = parts.breakers.all(members).toSorted(byUrgency);
  const services = parts.services.views();
  const incidents = parts.incidents.open.map((incident) => parts.incidents.show(incident));
  const faults = [...parts.drills.running];
  const store = core.store.view;
  const unreadable = members.filter(isUnreadable).map(({ member }) => member);
  const attention = attentionOf({ breakers, services, unreadable, incidents, faults, trials: settings.trials, store });
  return {
    version: feed.version,
    now: isoOf(now),
    environment,
    read_only: isReadOnly,
    attention,
    verdict: verdictOf(attention, breakers.length),
    breakers,
    services,
    retries: ofKind(members, 'retry').map(retryView),
    incidents,
    faults,
    instances: [instance()],
    store,
    changes: feed.newest(CHANGES_SHOWN),
  };
}
