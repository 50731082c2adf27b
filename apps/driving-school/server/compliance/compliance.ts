import type { SliceOptions } from '../platform/slice-options.ts';
import { ComplianceService } from './compliance-service.ts';

export { registerCompliance } from './compliance-routes.ts';

/** The assembled slice. It has no tables: it reads those of other slices through their entry points. */
export interface Compliance {
  readonly service: ComplianceService;
}

/** Assembles the slice, without using the database. */
export function createCompliance(options: SliceOptions): Compliance {
  return { service: new ComplianceService(options) };
}
