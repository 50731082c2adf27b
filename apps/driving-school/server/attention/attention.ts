import type { Compliance } from '../compliance/compliance.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { AttentionService } from './attention-service.ts';

export { registerAttention } from './attention-routes.ts';

/** The assembled slice. It has no tables: it reads those of other slices through their entry points. */
export interface Attention {
  readonly service: AttentionService;
}

/** Assembles the slice, without using the database. */
export function createAttention(options: SliceOptions & { readonly compliance: Compliance }): Attention {
  const { database, policies, wallClock, compliance } = options;
  return { service: new AttentionService({ database: database.kysely, policies, wallClock, compliance }) };
}
