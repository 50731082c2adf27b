import { restoreBackup } from '../backup/backup.ts';
import { announce, filePath, runCommand } from './command.ts';

const usage = `Restores a backup into an empty data folder

Usage: npm run restore -- --from FILE [--secret FILE]

  --from FILE    a backup written by npm run backup
  --secret FILE  the secret that was written with it (default: FILE.secret beside the backup)
  --help         this text

Environment:
  DATA_DIR       folder to restore into; must be empty or missing (./data)
  DATABASE_URL   an empty PostgreSQL database, for a backup that was made with DATABASE_URL
  APP_SECRET     for a backup that was made with APP_SECRET: the same value

The whole backup is checked before anything is written. See docs/backup.md.
`;

const example = 'npm run restore -- --from school.tar.gz';

await runCommand({
  usage,
  options: { from: { type: 'string' }, secret: { type: 'string' } },
  async run({ from, secret }, config) {
    const manifest = await restoreBackup({
      ...config,
      from: filePath(from, example),
      secretFile: secret === undefined ? undefined : filePath(secret, `${example} --secret school.tar.gz.secret`),
      announce,
    });
    announce(
      `Done: ${config.dataDirectory} contains the data of ${manifest.made_at}. Start the program with npm start.`,
    );
    announce(
      'Everyone has to sign in again, with the password of that time. Changes to accounts since then are undone: check ' +
        'who was disabled or given another role, and create new recovery codes where codes were used.',
    );
  },
});
