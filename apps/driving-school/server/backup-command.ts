import { resolve } from 'node:path';
import { BackupError, createBackup } from './backup/backup.ts';
import { announce, runCommand } from './command.ts';
import { readVersion } from './version.ts';

const usage = `Makes a backup of all data, while the program runs or when it is stopped.

Usage: npm run backup -- --to FILE [--url ADDRESS]

  --to FILE      the file to make; it must not be there yet
  --url ADDRESS  where the running program answers (what it has written into its data folder)

Everything that was saved before the command began is in the backup. It is a tar archive, compressed with gzip. The
secret that opens the licence numbers goes into FILE.secret: keep the two in different places.

Environment, as the program has it: DATA_DIR, DATABASE_URL, APP_SECRET. docs/backup.md says more.
`;

await runCommand({
  usage,
  options: ['to', 'url'],
  async run({ to, url }, config) {
    if (to === undefined) throw new BackupError(`Say where the backup shall go, such as --to school.tar.gz.`);
    const file = resolve(to);
    const made = await createBackup({ ...config, to: file, url, version: readVersion(), announce });
    const megabytes = (made.bytes / 1_000_000).toFixed(1);
    announce(`Done: ${file} holds ${made.files} files, ${megabytes} MB unpacked.`);
    if (made.pauseMs !== undefined) announce(`The database stood still for ${Math.round(made.pauseMs)} ms.`);
    announce(
      made.secretFile === undefined
        ? 'The secret is APP_SECRET, which is not in the backup: without it licence numbers can never be read. Keep it, somewhere else.'
        : `The secret is in ${made.secretFile}. Without it licence numbers can never be read. Keep it, somewhere else.`,
    );
    return 0;
  },
});
