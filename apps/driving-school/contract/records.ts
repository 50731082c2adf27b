/** Schemas that the answers of simple records share: locations, vehicles. */
import { z } from 'zod';
import { instant } from './field-schemas.ts';

export const recordStatuses = ['active', 'archived'] as const;
export type RecordStatus = (typeof recordStatuses)[number];

/** Which records a list contains. */
export const statusQuery = z.enum([...recordStatuses, 'all'], 'Send active, archived or all.').default('active');

/** The members of a record that the application sets. */
export const recordMembers = {
  status: z.enum(recordStatuses),
  version: z.int().meta({ description: 'Increases with every change; the ETag is this number in quotation marks' }),
  created_at: instant,
  updated_at: instant,
  updated_by_name: z
    .string()
    .nullable()
    .meta({ description: 'Name of the user who made the last change; null for changes by the program' }),
};

/** When an answer was read. These records have no copies, so answers are always live. */
export const dated = { stale: z.boolean(), as_of: instant };

/** A list on one page: a school has few of these records. */
export const wholeList = { next_cursor: z.null(), ...dated, complete: z.boolean() };
