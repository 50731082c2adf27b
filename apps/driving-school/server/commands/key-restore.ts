import { readKeyBackup, restoreKey } from '../platform/keys/key-backup.ts';
import { checkOfDatabase } from '../platform/keys/rotation.ts';
import { announce, filePath, runCommand } from './command.ts';
import { environmentHelp, lockDataFolder, requireKeyFile, rotationPlace } from './key-commands.ts';

const usage = `Restores the secret key of the data folder

Usage: npm run key-restore -- --from FILE

  --from FILE  a file written by npm run key-backup, or the .secret file of a backup
  --help       show this text

A damaged file and the key of another installation are refused. Stop the program first.

${environmentHelp}`;

await runCommand({
  usage,
  options: { from: { type: 'string' } },
  async run({ from }, config) {
    const file = filePath(from, 'npm run key-restore -- --from FILE');
    requireKeyFile(config, 'restore');
    const key = readKeyBackup(file);
    using folder = lockDataFolder(config);
    const { changed, putAside } = await restoreKey(folder.directory, key, () => checkOfDatabase(rotationPlace(config)));
    const renamed = putAside === undefined ? '' : ` The previous key file is now ${putAside}.`;
    announce(
      changed
        ? `The key was restored to ${folder.directory}.${renamed} Start the program.`
        : `${folder.directory} already has this key. Nothing was changed.`,
    );
  },
});
