import { backUpKey } from '../platform/keys/key-backup.ts';
import { announce, filePath, runCommand } from './command.ts';
import { environmentHelp, requireKeyFile } from './key-commands.ts';

const usage = `Copies the secret key of the data folder to a file

Usage: npm run key-backup -- --to FILE

  --to FILE  the file to write; it must not exist yet
  --help     show this text

Only you can read FILE. Anyone with FILE and the data can read all licence numbers, so keep it away from the backups of
the data. The program may be running.

${environmentHelp}`;

await runCommand({
  usage,
  options: { to: { type: 'string' } },
  run({ to }, config) {
    const file = filePath(to, 'npm run key-backup -- --to FILE');
    requireKeyFile(config, 'back up');
    backUpKey(config.dataDirectory, file);
    announce(`The key of ${config.dataDirectory} is in ${file}. Keep it away from the backups of the data.`);
  },
});
