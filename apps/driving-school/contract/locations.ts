import { z } from 'zod';
import { readShape, writeShape } from './field-schemas.ts';
import { type ParsedRecord, parseRecord, type RecordOf } from './fields.ts';
import { locationFields } from './location-fields.ts';
import { dated, recordMembers, statusQuery, wholeList } from './records.ts';

/** A location's fields in their normal form, as they are stored. */
export type LocationFields = RecordOf<typeof locationFields>;

export const locationSchema = z.object({ id: z.string(), ...readShape(locationFields), ...recordMembers });
export type Location = z.infer<typeof locationSchema>;

/** The answer for one location. */
export const locationAnswerSchema = z.object({ data: locationSchema, ...dated });
export type LocationAnswer = z.infer<typeof locationAnswerSchema>;

/** `GET /api/locations`. The oldest comes first: the first active one sets the zone of the school. */
export const locationListSchema = z.object({ data: z.array(locationSchema), ...wholeList });
export type LocationList = z.infer<typeof locationListSchema>;
export const locationQuerySchema = z.object({ status: statusQuery });
export type LocationQuery = z.infer<typeof locationQuerySchema>;

/** The body of a request that adds a location. For documentation and types; `parseLocation` validates it. */
export const locationWriteSchema = z.object(writeShape(locationFields));
export type LocationWrite = z.infer<typeof locationWriteSchema>;
/** `PATCH`: JSON merge patch (RFC 7396). */
export const locationChangesSchema = locationWriteSchema.partial();
export type LocationChanges = z.infer<typeof locationChangesSchema>;

/** Parses a location that was sent or typed. */
export function parseLocation(input: unknown): ParsedRecord<LocationFields> {
  return parseRecord(locationFields, input);
}
