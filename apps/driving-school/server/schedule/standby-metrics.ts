import { Gauge, type Registry } from 'prom-client';
import type { Standby } from './standby.ts';

/** Adds the age and the size of the standby copies to the metrics. Without copies there are no values. */
export function collectStandbyMetrics(register: Registry, standby: Standby): void {
  new Gauge({
    name: 'standby_age_seconds',
    help: 'Age of the oldest standby copy',
    registers: [register],
    collect() {
      const { ageSeconds } = standby.state();
      if (ageSeconds !== undefined) this.set(ageSeconds);
    },
  });
  new Gauge({
    name: 'standby_lessons',
    help: 'Lessons in the standby copies',
    registers: [register],
    collect() {
      this.set(standby.state().lessons);
    },
  });
}
