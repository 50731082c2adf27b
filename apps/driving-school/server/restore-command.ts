import { resolve } from 'node:path';
import { BackupError, restoreBackup } from './backup/backup.ts';
import { announce, runCommand } from './command.ts';

const usage = `Puts the data of a backup into an empty place.

Usage: npm run restore -- --from FILE [--secret FILE]

  --from FILE    a backup that npm run backup has made
  --secret FILE  the secret that was written with it (FILE.secret beside the backup)

Environment:
  DATA_DIR       folder to restore into; it must be empty or not there (./data)
  DATABASE_URL   an empty PostgreSQL database, for a backup that was made with DATABASE_URL
  APP_SECRET     for a backup that was made with APP_SECRET: the same value

The backup is checked from beginning to end before anything is written. docs/backup.md says more.
`;

await runCommand({
  usage,
  options: ['from', 'secret'],
  async run({ from, secret }, config) {
    if (from === undefined) throw new BackupError('Say which backup, such as --from school.tar.gz.');
    const secretFile = secret === undefined ? undefined : resolve(secret);
    const manifest = await restoreBackup({ ...config, from: resolve(from), secretFile, announce });
    announce(`Done: ${config.dataDirectory} is as it was at ${manifest.made_at}. Start the program with npm start.`);
    return 0;
  },
});
