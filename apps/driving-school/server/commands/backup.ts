import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { BackupError, createBackup } from '../backup/backup.ts';
import { announce, runCommand } from './command.ts';
import { readVersion } from '../version.ts';

const usage = `Backs up all data, whether the program is running or stopped.

Usage: npm run backup -- --to FILE [--url ADDRESS]

  --to FILE      the file to write; it must not exist yet
  --url ADDRESS  address of the running program (default: the one in its data folder)

The backup contains everything that was saved before the command started. It is a tar archive, compressed with gzip. The
secret that decrypts licence numbers goes into FILE.secret: keep the two in different places.

Environment: DATA_DIR, DATABASE_URL and APP_SECRET, the same as for the program. See docs/backup.md.
`;

await runCommand({
  usage,
  options: ['to', 'url'],
  async run({ to, url }, config) {
    if (to === undefined) throw new BackupError('Say which file to write, for example --to school.tar.gz.');
    const file = resolve(to);
    // Checksums and compression take a core for a second or more: the program goes first.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const made = await createBackup({ ...config, to: file, url, version: readVersion(), announce });
    const megabytes = (made.bytes / 1_000_000).toFixed(1);
    announce(`Done: ${file} holds ${made.files} files, ${megabytes} MB unpacked.`);
    if (made.pauseMs !== undefined) announce(`The database paused for ${Math.round(made.pauseMs)} ms.`);
    announce(
      made.secretFile === undefined
        ? 'The secret is APP_SECRET, which is not in the backup. Nobody can read licence numbers without it: keep it in a different place.'
        : `The secret is in ${made.secretFile}. Nobody can read licence numbers without it: keep it in a different place.`,
    );
    return 0;
  },
});
