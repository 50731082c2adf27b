import type { MemberOfKind, Registry } from 'dualbrake';
import type { BreakerView } from '../contract.ts';
import type { Drills } from '../drills/drills.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import { breakerView } from '../views/breaker-view.ts';
import { ofKind, type Listed } from '../views/listed.ts';
import type { WallTime } from '../wall-time.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Members } from './members.ts';

/** What `Breakers` is built from. */
export interface BreakerParts {
  readonly registry: Registry;
  readonly time: WallTime;
  readonly members: Members;
  readonly keeper: IncidentKeeper;
  readonly drills: Drills;
  readonly feed: ChangeFeed;
}

/** The current state of all breakers. */
export class Breakers {
  readonly #parts: BreakerParts;
  readonly #versions = new Map<string, { fingerprint: string; count: number }>();

  constructor(parts: BreakerParts) {
    this.#parts = parts;
  }

  all(members = this.#parts.members.all()): BreakerView[] {
    const at = this.#parts.registry.clock.now();
    return ofKind(members, 'circuit-breaker').map((listed) => this.#show(listed, at));
  }

  /** @throws Problem not-found */
  show(id: string): BreakerView {
    return this.#show(this.#parts.members.find(id, 'circuit-breaker'), this.#parts.registry.clock.now());
  }

  #show(listed: Listed<MemberOfKind<'circuit-breaker'>>, at: number): BreakerView {
    const { members, keeper, drills, time } = this.#parts;
    const { id } = listed.member;
    const { description = '' } = members.notesOf(listed.member);
    const { count, meanMs, p95Ms, longestMs, flaps } = keeper.recoveries(id);
    return breakerView(listed, (agoMs) => time.before(agoMs, at), {
      description,
      neighbours: [...members.neighboursOf(id)],
      recovery: { count, mean_ms: meanMs, p95_ms: p95Ms, longest_ms: longestMs, flaps },
      drill: drills.running.length > 0 && drills.affects(id),
      version: (fingerprint) => this.#versionOf(id, fingerprint),
    });
  }

  #versionOf(id: string, fingerprint: string): string {
    const known = this.#versions.get(id) ?? { fingerprint, count: 1 };
    if (known.fingerprint !== fingerprint) known.count += 1;
    known.fingerprint = fingerprint;
    this.#versions.set(id, known);
    // Differs in every process, so that versions of another process never match.
    return `b-${this.#parts.feed.recent.epoch}-${known.count}`;
  }
}
