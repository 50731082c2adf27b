import { constants, setPriority } from 'node:os';
import { createBackup } from '../backup/backup.ts';
import { readVersion } from '../version.ts';
import { announce, filePath, runCommand } from './command.ts';

const usage = `Backs up all data, whether the program is running or stopped

Usage: npm run backup -- --to FILE [--url ADDRESS]

  --to FILE      the file to write; it must not exist yet
  --url ADDRESS  address of the running program (default: the one in its data folder)
  --help         show this text

The backup contains everything that was saved before the command started. It is a tar archive, compressed with gzip. The
secret that decrypts licence numbers is written to FILE.secret: keep the two files in different places.

Environment: DATA_DIR, DATABASE_URL and APP_SECRET as for npm start. See docs/backup.md.
`;

await runCommand({
  usage,
  options: { to: { type: 'string' }, url: { type: 'string' } },
  async run({ to, url }, config) {
    const file = filePath(to, 'npm run backup -- --to school.tar.gz');
    // Checksums and compression use a core for a second or more; the running program has priority.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const made = await createBackup({ ...config, to: file, url, version: readVersion(), announce });
    const megabytes = (made.bytes / 1_000_000).toFixed(1);
    announce(`Done: ${file} contains ${made.files} files, ${megabytes} MB uncompressed.`);
    if (made.pauseMs !== undefined) announce(`The database paused for ${Math.round(made.pauseMs)} ms.`);
    const secret = made.secretFile === undefined ? 'APP_SECRET, which is not in the backup' : `in ${made.secretFile}`;
    announce(`The secret is ${secret}. Without it, licence numbers can't be read. Keep it away from the backup.`);
  },
});
