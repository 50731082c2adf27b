import type { SettingsBook } from '../config/settings-book.ts';
import type { InstanceView, OverviewView } from '../contract.ts';
import type { Drills } from '../drills/drills.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { Store } from '../store/store.ts';
import { attentionOf } from '../views/attention.ts';
import { byUrgency } from '../views/breaker-view.ts';
import { ofKind } from '../views/listed.ts';
import { retryView } from '../views/retry-view.ts';
import { verdictOf } from '../views/verdict.ts';
import { isoOf, type WallTime } from '../wall-time.ts';
import type { Breakers } from './breakers.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Members } from './members.ts';
import type { Services } from './services.ts';

/** Changes that an overview contains, at most. */
const CHANGES_SHOWN = 100;
/** How long an overview is reused while nothing has changed, in milliseconds. */
const REUSED_MS = 250;

/** What `Overview` is built from. */
export interface OverviewParts {
  readonly time: WallTime;
  readonly members: Members;
  readonly breakers: Breakers;
  readonly services: Services;
  readonly incidents: Incidents;
  readonly drills: Drills;
  readonly settings: SettingsBook;
  readonly store: Store;
  readonly feed: ChangeFeed;
  readonly environment: string;
  readonly isReadOnly: boolean;
  readonly instance: () => InstanceView;
}

/** Everything that the page *Now* shows, in one answer. */
export class Overview {
  readonly #parts: OverviewParts;
  #last: { readonly view: OverviewView; readonly at: number } | undefined;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
  }

  show(): OverviewView {
    const { feed, time } = this.#parts;
    const now = time.now();
    const last = this.#last;
    if (last?.view.version === feed.version && Math.abs(now - last.at) < REUSED_MS) return last.view;
    const view = this.#build(now);
    this.#last = { view, at: now };
    return view;
  }

  #build(now: number): OverviewView {
    const { environment, feed, isReadOnly } = this.#parts;
    const members = this.#parts.members.all();
    const breakers = this.#parts.breakers.all(members).toSorted(byUrgency);
    const services = this.#parts.services.views();
    const faults = [...this.#parts.drills.running];
    const store = this.#parts.store.view;
    const incidents = this.#parts.incidents.keeper.open.map((incident) => this.#parts.incidents.show(incident));
    const trials = this.#parts.settings.trials.map(({ revision, saved_at, auto_revert_at, author_name }) => ({
      revision,
      savedAt: saved_at,
      endsAt: auto_revert_at ?? saved_at,
      author: author_name,
    }));
    const attention = attentionOf({ breakers, services, incidents, faults, trials, store });
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
      instances: [this.#parts.instance()],
      store,
      changes: [...feed.recent.newest(CHANGES_SHOWN)],
    };
  }
}
