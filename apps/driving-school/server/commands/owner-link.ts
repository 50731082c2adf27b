import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type Config, readConfig } from '../config.ts';
import type { IdentityTables } from '../platform/auth/identity-tables.ts';
import { newOwnerLink } from '../platform/auth/owner-link.ts';
import { DataFolderInUseError, openDataFolder } from '../platform/data-folder.ts';
import { besideProgram, type BesideDatabase, besideServer } from '../platform/database/beside.ts';
import { openDatabase } from '../platform/database/database.ts';

const usage = `Creates a one-time link with which an owner chooses a new password

Usage: npm run owner-link
       npm run owner-link -- --email owner@example.ca
       npm run owner-link -- --url https://school.example.ca

For an owner who has forgotten the password or lost the first link. Works while the program runs and
while it is stopped. Links that were created before stop working; the old password works until the new
link is used. The audit log records that a link was created.

  --email   which owner, when there are several
  --url     address under which the school is reached (http:// with HOST and PORT)
  --help    this text

Reads DATA_DIR, DATABASE_URL, HOST and PORT as npm start does; see npm start -- --help.
`;

/** Errors whose message is a sentence for the person at the terminal. */
const sentences = new Set([
  'DATA_FOLDER_UNUSABLE',
  'DATABASE_START',
  'DATABASE_SILENT',
  'INVALID_CONFIG',
  'INVALID_WORDS',
  'MIGRATION_REFUSED',
  'NO_DATABASE',
  'OWNER_NOT_FOUND',
]);

type CommandProblem = 'DATABASE_SILENT' | 'INVALID_WORDS' | 'NO_DATABASE';

/** The command cannot go on, for a reason that the person at the terminal can do something about. */
class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandProblem;
  constructor(code: CommandProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const migrationsDirectory = fileURLToPath(new URL('../../migrations/', import.meta.url));

try {
  await main();
} catch (error) {
  const isSentence = error instanceof Error && 'code' in error && sentences.has(String(error.code));
  process.stderr.write(
    `${isSentence ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { help, email, url } = readWords(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const config = readConfig(process.env);
  await using database = await reach(config);
  const users = database.kysely.withTables<IdentityTables>();
  const { link, owner } = await newOwnerLink(users, { email }).catch((error: unknown) => {
    throw isConnectionTrouble(error) ? silent(config, error) : error;
  });
  process.stdout.write(
    `A link for ${owner.email ?? 'the first owner'}. It works once, until ${link.expiresAt.toLocaleString('en-CA')}:\n\n` +
      `  ${url ?? addressOf(config)}/welcome#${link.token}\n\n` +
      (url === undefined
        ? 'Is the school reached under another address? Put the part from /welcome on after that one.\n'
        : ''),
  );
}

function readWords(words: readonly string[]): { help: boolean; email: string | undefined; url: string | undefined } {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...words],
      options: { help: { type: 'boolean', short: 'h' }, email: { type: 'string' }, url: { type: 'string' } },
    }));
  } catch (error) {
    throw new CommandError('INVALID_WORDS', `${error instanceof Error ? error.message : String(error)}. See --help.`);
  }
  const { help = false, email } = values;
  if (values.url === undefined) return { help, email, url: undefined };
  const url = URL.parse(values.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(
      'INVALID_WORDS',
      `--url is ${JSON.stringify(values.url)}. It must be an address such as https://school.example.ca.`,
    );
  }
  return { help, email, url: url.origin };
}

/** The database: PostgreSQL, that of the running program, or the embedded one, started for this command. */
async function reach(config: Config): Promise<BesideDatabase> {
  if (config.databaseUrl !== undefined) return besideServer(config.databaseUrl);
  if (!existsSync(join(config.dataDirectory, 'postgres'))) {
    throw new CommandError(
      'NO_DATABASE',
      `There is no database in ${config.dataDirectory}. Set DATA_DIR or DATABASE_URL as for npm start; the first start prints a link by itself.`,
    );
  }
  let dataFolder;
  try {
    dataFolder = openDataFolder(config.dataDirectory);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    const running = besideProgram(config.dataDirectory);
    if (running === undefined) throw silent(config, error);
    return running;
  }
  const database = openDatabase({ dataFolder, migrationsDirectory, log: pino({ level: 'silent' }) });
  const close = async (): Promise<void> => {
    await database.stop();
    dataFolder.close();
  };
  try {
    await database.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { kysely: database.kysely, [Symbol.asyncDispose]: close };
}

function isConnectionTrouble(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code) ||
    (error instanceof Error && /timeout|terminated/i.test(error.message))
  );
}

function silent(config: Config, cause: unknown): CommandError {
  return new CommandError(
    'DATABASE_SILENT',
    config.databaseUrl === undefined
      ? 'The program is running, but its database does not answer right now. Try again in a few seconds, or stop the program first: this command works then, too.'
      : 'The database at DATABASE_URL does not answer. Check that it is running and that the address is right.',
    { cause },
  );
}

function addressOf({ host, port }: Config): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}${port === 0 ? '' : `:${port}`}`;
}
