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

/** Everything that the page *Now* shows, in one answer. */
export class Overview {
  readonly #core: Core;
  readonly #shown: Shown;
  #last: { readonly view: OverviewView; readonly at: number } | undefined;

  constructor(core: Core, shown: Shown) {
    this.#core = core;
    this.#shown = shown;
  }

  show(): OverviewView {
    const { feed, time } = this.#core;
    const now = time.now();
    const last = this.#last;
    if (last?.view.version === feed.version && Math.abs(now - last.at) < REUSED_MS) return last.view;
    const view = this.#build(now);
    this.#last = { view, at: now };
    return view;
  }

  #build(now: number): OverviewView {
    const { environment, feed, isReadOnly, settings } = this.#core;
    const members = this.#core.members.all();
    const breakers = this.#shown.breakers.all(members).toSorted(byUrgency);
    const services = this.#shown.services.views();
    const incidents = this.#shown.incidents.open.map((incident) => this.#shown.incidents.show(incident));
    const faults = [...this.#shown.drills.running];
    const store = this.#core.store.view;
    const unreadable = members.filter(isUnreadable).map(({ member }) => member);
    const attention = attentionOf({
      breakers,
      services,
      unreadable,
      incidents,
      faults,
      trials: settings.trials,
      store,
    });
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
      instances: [this.#shown.instance()],
      store,
      changes: feed.newest(CHANGES_SHOWN),
    };
  }
}
