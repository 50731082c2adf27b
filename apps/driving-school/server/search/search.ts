import type { SliceOptions } from '../platform/slice-options.ts';
import type { Students } from '../students/students.ts';
import { SearchService } from './search-service.ts';

export { registerSearch } from './search-routes.ts';

/** The assembled slice. */
export interface Search {
  readonly service: SearchService;
}

/** Assembles the slice, without using the database. */
export function createSearch({ database, policies, wallClock }: SliceOptions, students: Students): Search {
  return { service: new SearchService({ database: database.kysely, students, policies, wallClock }) };
}
