import { Gauge, type Registry } from 'prom-client';
import type { Standby } from './standby.ts';

/** Adds the age and the size of the standby copies to the metrics. Without copies, the age has no value. */
export function collectStandbyMetrics(register: Registry, standby: Standby): void {
  const age = new Gauge({
    name: 'standby_age_seconds',
    help: 'Age of the oldest standby copy',
    registers: [],
    collect() {
      this.reset();
      const { ageSeconds } = standby.state();
      if (ageSeconds === undefined) this.remove();
      else this.set(ageSeconds);
    },
  });
  const lessons = new Gauge({
    name: 'standby_lessons',
    help: 'Lessons in the standby copies',
    registers: [],
    collect() {
      this.set(standby.state().lessons);
    },
  });
  for (const metric of [age, lessons]) register.registerMetric(metric);
}
