import type { MemberOfKind } from 'dualbrake';
import type { BreakerView } from '../contract.ts';
import type { Drills } from '../drills/drills.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { breakerView } from '../views/breaker-view.ts';
import { ofKind, type Listed } from '../views/listed.ts';
import type { Core } from './core.ts';

/** The current state of all breakers. */
export class Breakers {
  readonly #core: Core;
  readonly #incidents: Incidents;
  readonly #drills: Drills;
  readonly #versions = new Map<string, { fingerprint: string; count: number }>();

  constructor(core: Core, incidents: Incidents, drills: Drills) {
    this.#core = core;
    this.#incidents = incidents;
    this.#drills = drills;
  }

  all(members = this.#core.members.all()): BreakerView[] {
    const at = this.#core.registry.clock.now();
    return ofKind(members, 'circuit-breaker').map((listed) => this.#show(listed, at));
  }

  /** @throws Problem not-found */
  show(id: string): BreakerView {
    return this.#show(this.#core.members.find(id, 'circuit-breaker'), this.#core.registry.clock.now());
  }

  #show(listed: Listed<MemberOfKind<'circuit-breaker'>>, at: number): BreakerView {
    const { members, time } = this.#core;
    const { id } = listed.member;
    return breakerView(listed, (agoMs) => time.before(agoMs, at), {
      description: members.notesOf(listed.member).description ?? '',
      neighbours: [...members.neighboursOf(id)],
      recovery: this.#incidents.recoveries(id),
      drill: this.#drills.running.length > 0 && this.#drills.affects(id),
      version: (fingerprint) => this.#versionOf(id, fingerprint),
    });
  }

  #versionOf(id: string, fingerprint: string): string {
    const known = this.#versions.get(id) ?? { fingerprint, count: 1 };
    if (known.fingerprint !== fingerprint) known.count += 1;
    known.fingerprint = fingerprint;
    this.#versions.set(id, known);
    // Differs in every process, so that versions of another process never match.
    return `b-${this.#core.feed.epoch}-${known.count}`;
  }
}
