import { z } from 'zod';

/** Schema of a backup that the running program prepares. */
export const stagedBackupSchema = z.object({
  id: z.uuid(),
  state: z.enum(['copying', 'ready', 'failed']),
  /** Path on the program's machine. */
  directory: z.string(),
  database: z.enum(['embedded', 'external']),
  secret_check: z.string(),
  /** How long statements had to wait, in milliseconds. */
  pause_ms: z.number().nullable(),
  problem: z.string().nullable(),
});

/** A backup that the running program prepares. */
export type StagedBackup = z.infer<typeof stagedBackupSchema>;
