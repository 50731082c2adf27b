import { Registry } from 'dualbrake';
import { createDatabaseBreaker, createPolicies, type Policies } from '../policies.ts';

/** Raises every time limit, those of queues as well, so that no answer depends on the machine's speed. */
export function waitPatiently(registry: Registry): void {
  for (const { name: group, members } of registry.report()) {
    for (const { name, settings } of members) {
      for (const limit of ['limitMs', 'maxWaitMs']) {
        if (limit in settings) registry.change(group, name, { [limit]: 120_000 });
      }
    }
  }
}

/** Creates policies of a test's own, which wait patiently. */
export function patientPolicies(): { readonly registry: Registry; readonly policies: Policies } {
  const registry = new Registry();
  const policies = createPolicies(registry, { breaker: createDatabaseBreaker() });
  waitPatiently(registry);
  return { registry, policies };
}
