import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { pino } from 'pino';
import { type Config, readConfig } from './config.ts';
import { openDataFolder } from './platform/data-folder.ts';
import { type ApplicationDatabase, type DatabaseGuard, openDatabase } from './platform/database/database.ts';
import {
  checkOfDatabase,
  type RotationPlace,
  rotateKey,
  settleRotation,
  type NewSecret,
} from './platform/keys/rotation.ts';
import { backUpKey, readKeyBackup, restoreKey } from './platform/keys/key-backup.ts';
import { loadSecrets } from './platform/secrets.ts';
import { folderKeys, sealedData } from './sealed-data.ts';

/** Errors whose message is a sentence for the person at the terminal. */
const sentences = new Set([
  'DATA_FOLDER_IN_USE',
  'DATA_FOLDER_UNUSABLE',
  'DATABASE_START',
  'INVALID_CONFIG',
  'MIGRATION_REFUSED',
  'SECRET_REFUSED',
]);

/** The command was not given what it needs. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const common = `Environment: DATA_DIR, DATABASE_URL and APP_SECRET as for npm start. docs/keys.md says more.\n`;

const usages = {
  backup: `Copies the secret key of the data folder to a file

Usage: npm run key-backup -- --to FILE

FILE must not exist yet. It is readable for this user only: whoever has it and the data can read all licence
numbers. Keep it away from the backups of the data. The program may run meanwhile.

${common}`,
  restore: `Puts the secret key back into the data folder

Usage: npm run key-restore -- --from FILE

FILE was made by npm run key-backup, or beside a backup by npm run backup. A damaged file, and the key of another
installation, are refused. Stop the program first.

${common}`,
  rotate: `Replaces the secret key by a new one and seals everything anew

Usage: npm run key-rotate
       NEW_APP_SECRET=... npm run key-rotate
       npm run key-rotate -- --to-key-file

Without APP_SECRET, a new key file is made. With NEW_APP_SECRET, of at least 32 characters, that is the new secret:
set APP_SECRET to it afterwards, for all instances. --to-key-file changes over from APP_SECRET to a key file.
Everybody has to sign in again. Stop the program first, with several instances all of them; then run it once for the
data folder of each.

${common}`,
} as const;
type Command = keyof typeof usages;

await main(process.argv.slice(2));

async function main([name, ...words]: readonly string[]): Promise<void> {
  const command: Command = name === 'backup' || name === 'restore' ? name : 'rotate';
  try {
    const { values } = parseArgs({ args: words, options: optionsOf(command), strict: true });
    if (values['help'] === true) return write(process.stdout, usages[command]);
    const config = readConfig(process.env);
    if (command === 'backup') backUp(config, fileOf(values['to'], command, '--to FILE'));
    else if (command === 'restore') await restore(config, fileOf(values['from'], command, '--from FILE'));
    else await rotate(config, values['to-key-file'] === true);
  } catch (error) {
    write(process.stderr, `${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}

function optionsOf(command: Command): ParseArgsOptionsConfig {
  const help: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } };
  if (command === 'backup') return { ...help, to: { type: 'string' } };
  if (command === 'restore') return { ...help, from: { type: 'string' } };
  return { ...help, 'to-key-file': { type: 'boolean' } };
}

function backUp(config: Config, to: string): void {
  requireKeyFile(config, 'back up');
  backUpKey(config.dataDirectory, to);
  write(process.stdout, `The key of ${config.dataDirectory} is in ${to}. Keep it away from the backups of the data.\n`);
}

async function restore(config: Config, from: string): Promise<void> {
  requireKeyFile(config, 'restore');
  const key = readKeyBackup(from);
  using folder = lockedFolder(config);
  const { changed, putAside } = await restoreKey(folder.directory, key, () => checkOfDatabase(placeOf(config)));
  const aside = putAside === undefined ? '' : ` The file that was there is now ${putAside}.`;
  write(
    process.stdout,
    changed
      ? `The key is back in ${folder.directory}.${aside} Start the program.\n`
      : `The same key is in ${folder.directory} already. Nothing was changed.\n`,
  );
}

async function rotate(config: Config, toKeyFile: boolean): Promise<void> {
  const target = targetOf(config, toKeyFile);
  using folder = lockedFolder(config);
  const place = placeOf(config);
  const settled = await settleRotation(place, config.appSecret);
  if (settled !== undefined) write(process.stdout, `${settled}\n`);
  const { resealed, formerKeyFile } = await rotateKey(place, loadSecrets(folder.directory, config.appSecret), target);
  const counts = Object.entries(resealed).map(([what, count]) => `${count.toLocaleString('en-CA')} ${what}`);
  const lines = [
    counts.length === 0
      ? 'The database had the new key already; this data folder has it now, too.'
      : `The key was rotated. Sealed anew: ${counts.join(', ')}.`,
    target.source === 'APP_SECRET'
      ? 'Set APP_SECRET to the new secret, for all instances, before you start them.'
      : 'Back the new key up: npm run key-backup -- --to FILE',
    ...(formerKeyFile === undefined
      ? []
      : [`The former key is now ${formerKeyFile}. Keep it as long as you keep backups of the data from before.`]),
  ];
  write(process.stdout, `${lines.join('\n')}\n`);
}

function targetOf({ appSecret }: Config, toKeyFile: boolean): NewSecret {
  const secret = process.env['NEW_APP_SECRET'];
  if (secret !== undefined && secret !== '') {
    if (toKeyFile) throw new UsageError('Give either NEW_APP_SECRET or --to-key-file, not both.');
    if (secret.length < 32) {
      throw new UsageError(
        'NEW_APP_SECRET is too short: it needs at least 32 random characters, such as the output of: openssl rand -base64 32',
      );
    }
    return { source: 'APP_SECRET', secret };
  }
  if (appSecret !== undefined && !toKeyFile) {
    throw new UsageError(
      'APP_SECRET is set: set NEW_APP_SECRET to the new secret, or give --to-key-file to change over to a key file.',
    );
  }
  return { source: 'secret.key' };
}

function requireKeyFile({ appSecret }: Config, what: string): void {
  if (appSecret === undefined) return;
  throw new UsageError(
    `APP_SECRET is set, so there is no key file to ${what}. Keep a copy of APP_SECRET where you keep other passwords.`,
  );
}

/** The data folder, locked: nobody else uses it meanwhile. */
function lockedFolder({ dataDirectory }: Config): { readonly directory: string } & Disposable {
  const folder = openDataFolder(dataDirectory);
  return { directory: folder.directory, [Symbol.dispose]: () => folder.close() };
}

function placeOf({ dataDirectory, databaseUrl }: Config): RotationPlace {
  return {
    directory: dataDirectory,
    sealedData,
    folderKeys,
    openDatabase: (guard: DatabaseGuard): ApplicationDatabase =>
      openDatabase({
        dataFolder: { directory: dataDirectory },
        migrationsDirectory: fileURLToPath(new URL('../migrations/', import.meta.url)),
        log: pino({ level: 'silent' }),
        guard,
        ...(databaseUrl === undefined ? {} : { url: databaseUrl }),
      }),
  };
}

function fileOf(given: unknown, command: Command, option: string): string {
  // npm runs scripts in the folder of the project; the file is meant where the person is.
  if (typeof given === 'string' && given.trim() !== '') return resolve(process.env['INIT_CWD'] ?? '.', given);
  throw new UsageError(`Say which file: npm run key-${command} -- ${option}`);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof UsageError || sentences.has(code)) return error.message;
  if (code.startsWith('ERR_PARSE_ARGS')) return `${error.message.split('. ')[0]}. --help says what is understood.`;
  return `The command failed, and has changed nothing that the next start can't put right.\n${error.stack ?? error.message}`;
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(text);
}
