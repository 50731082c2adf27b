import { resolve } from 'node:path';
import { BackupError, restoreBackup } from '../backup/backup.ts';
import { announce, runCommand } from './command.ts';

const usage = `Restores a backup into an empty data folder.

Usage: npm run restore -- --from FILE [--secret FILE]

  --from FILE    a backup written by npm run backup
  --secret FILE  the secret that was written with it (default: FILE.secret beside the backup)

Environment:
  DATA_DIR       folder to restore into; must be empty or missing (./data)
  DATABASE_URL   an empty PostgreSQL database, for a backup that was made with DATABASE_URL
  APP_SECRET     for a backup that was made with APP_SECRET: the same value

The whole backup is checked before anything is written. See docs/backup.md.
`;

await runCommand({
  usage,
  options: ['from', 'secret'],
  async run({ from, secret }, config) {
    if (from === undefined) throw new BackupError('Say which backup to restore, for example --from school.tar.gz.');
    const secretFile = secret === undefined ? undefined : resolve(secret);
    const manifest = await restoreBackup({ ...config, from: resolve(from), secretFile, announce });
    announce(`Done: ${config.dataDirectory} holds the data of ${manifest.made_at}. Start the program with npm start.`);
    return 0;
  },
});
