import { z } from 'zod';

/** What is told of a backup that the program gathers. */
export const stagedBackupSchema = z.object({
  id: z.uuid(),
  state: z.enum(['copying', 'ready', 'failed']),
  /** On the program's machine. */
  directory: z.string(),
  database: z.enum(['embedded', 'external']),
  secret_check: z.string(),
  /** For how long statements had to wait, in milliseconds. */
  pause_ms: z.number().nullable(),
  problem: z.string().nullable(),
});

/** A backup that the program gathers. */
export type StagedBackup = z.infer<typeof stagedBackupSchema>;
