export { BackupError } from './backup-error.ts';
export { registerBackups } from './backup-routes.ts';
export { Backups } from './backups.ts';
export { createBackup } from './create-backup.ts';
export { restoredGuard } from './restored-guard.ts';
export { restoreBackup } from './restore-backup.ts';
export { verifyDatabase } from './verify-database.ts';
