/** A backup, restore or check cannot be done. The message says why, what that means, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code = 'BACKUP';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
