import { z } from 'zod';
import { count, cursor, instant } from './common.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export const logLevel = z.enum(logLevels);
export type LogLevel = z.infer<typeof logLevel>;

const logLine = z.object({
  /** Number of the line in this process; unique. */
  seq: count,
  at: instant,
  level: logLevel,
  message: z.string(),
  correlation_id: z.string().nullable(),
  breaker: z.string().nullable(),
  /** All other fields of the line, without secrets. */
  fields: z.record(z.string(), z.unknown()),
});
export type LogLine = z.infer<typeof logLine>;

export const logQuery = z.object({
  /** Text in the message or a field, case-insensitive. */
  q: z.string().max(200).optional(),
  /** This level and above. */
  level: logLevel.optional(),
  from: instant.optional(),
  to: instant.optional(),
  breaker: z.string().max(300).optional(),
  correlation_id: z.string().max(200).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  cursor: cursor.optional(),
});

export const logPage = z.object({
  lines: z.array(logLine),
  next_cursor: cursor.nullable(),
  /** Number of the oldest kept line. */
  oldest_seq: count,
  kept: count,
  /** Lines that arrived too fast to be kept. */
  dropped: count,
});
export type LogPage = z.infer<typeof logPage>;
