import type { Config } from '../config.ts';
import { type NewSecret, rotateKey, settleRotation } from '../platform/keys/rotation.ts';
import { loadSecrets } from '../platform/secrets.ts';
import { announce, CommandError, runCommand } from './command.ts';
import { environmentHelp, lockDataFolder, rotationPlace } from './key-commands.ts';

const usage = `Replaces the secret key and re-encrypts all data with the new one

Usage: npm run key-rotate
       NEW_APP_SECRET=... npm run key-rotate
       npm run key-rotate -- --to-key-file

  --to-key-file  change from APP_SECRET to a key file
  --help         show this text

Without APP_SECRET, the command creates a new key file. To use your own secret, set NEW_APP_SECRET to at least 32
characters, and afterwards set APP_SECRET to the same value for all instances. Everyone has to sign in again. Stop all
instances of the program first; then run the command once for each data folder.

${environmentHelp}`;

await runCommand({
  usage,
  options: { 'to-key-file': { type: 'boolean' } },
  async run({ 'to-key-file': toKeyFile = false }, config) {
    const target = targetOf(config, toKeyFile);
    using folder = lockDataFolder(config);
    const place = rotationPlace(config);
    const settled = await settleRotation(place, config.appSecret);
    if (settled !== undefined) announce(settled);
    const { resealed, formerKeyFile } = await rotateKey(place, loadSecrets(folder.directory, config.appSecret), target);
    const counts = Object.entries(resealed).map(([name, count]) => `${count.toLocaleString('en-CA')} ${name}`);
    announce(
      counts.length === 0
        ? 'The database already had the new key; now this data folder has it as well.'
        : `The key was rotated. Re-encrypted: ${counts.join(', ')}.`,
    );
    announce(
      target.source === 'APP_SECRET'
        ? 'Set APP_SECRET to the new secret, for all instances, before you start them.'
        : 'Back up the new key: npm run key-backup -- --to FILE',
    );
    if (formerKeyFile !== undefined) {
      announce(`The former key is now ${formerKeyFile}. Keep it as long as you keep backups made before the rotation.`);
    }
  },
});

function targetOf({ appSecret }: Config, toKeyFile: boolean): NewSecret {
  const secret = process.env['NEW_APP_SECRET'];
  if (secret !== undefined && secret !== '') {
    if (toKeyFile) throw new CommandError('Use either NEW_APP_SECRET or --to-key-file, not both.');
    if (secret.length < 32) {
      throw new CommandError(
        'NEW_APP_SECRET is too short: it needs at least 32 random characters, such as the output of: openssl rand -base64 32',
      );
    }
    return { source: 'APP_SECRET', secret };
  }
  if (appSecret !== undefined && !toKeyFile) {
    throw new CommandError(
      'APP_SECRET is set: set NEW_APP_SECRET to the new secret, or use --to-key-file to change to a key file.',
    );
  }
  return { source: 'secret.key' };
}
