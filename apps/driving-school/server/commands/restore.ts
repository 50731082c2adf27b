import { restoreBackup } from '../backup/backup.ts';
import { announce, filePath, runCommand } from './command.ts';

const usage = `Restores a backup into an empty data folder

Usage: npm run restore -- --from FILE [--secret FILE]

  --from FILE    a backup written by npm run backup
  --secret FILE  the secret that was written with it (default: the backup's name with .secret)
  --help         show this text

Environment variables:
  DATA_DIR       folder to restore into; must be empty or missing (./data)
  DATABASE_URL   an empty PostgreSQL database, for a backup made with DATABASE_URL
  APP_SECRET     the same value as before, for a backup made with APP_SECRET

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
      'Everyone has to sign in again, with their password at that time. Later changes to accounts are undone: check ' +
        'whose access was ended or whose role was changed, and create new recovery codes where codes were used.',
    );
  },
});
