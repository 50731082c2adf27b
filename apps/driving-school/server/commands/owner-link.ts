import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { IdentityTables } from '../platform/auth/identity-tables.ts';
import { newOwnerLink } from '../platform/auth/owner-link.ts';
import { DataFolderInUseError, openDataFolder } from '../platform/data-folder.ts';
import { connectToProgram, type DirectConnection, connectToServer } from '../platform/database/direct-connection.ts';
import { announce, CommandError, runCommand } from './command.ts';
import { openCommandDatabase } from './command-database.ts';

const usage = `Creates a one-time link that lets an owner choose a new password

Usage: npm run owner-link
       npm run owner-link -- --email owner@example.ca
       npm run owner-link -- --url https://school.example.ca

For an owner who has forgotten their password or lost their first link. The program may be running or stopped. Earlier
links stop working; the old password works until the new link is used. The audit log records that a link was created.

  --email ADDRESS  the owner's e-mail address, when there are several owners
  --url ADDRESS    address of the school (default: http:// with HOST and PORT)
  --help           show this text

Environment: DATA_DIR, DATABASE_URL, HOST and PORT as for npm start. See npm start -- --help.
`;

await runCommand({
  usage,
  options: { email: { type: 'string' }, url: { type: 'string' } },
  async run({ email, url }, config) {
    const origin = url === undefined ? undefined : originOf(url);
    await using database = await connect(config);
    const users = database.kysely.withTables<IdentityTables>();
    const { link, owner } = await newOwnerLink(users, { email }).catch((error: unknown) => {
      throw isConnectionError(error) ? noAnswer(config, error) : error;
    });
    const until = link.expiresAt.toLocaleString('en-CA');
    announce(`A link for ${owner.email ?? 'the first owner'}. It works once, until ${until}:\n`);
    announce(`  ${origin ?? addressOf(config)}/welcome#${link.token}\n`);
    if (origin === undefined) {
      announce('If the school has another address, replace the part before /welcome, or use --url.');
    }
  },
});

function originOf(given: string): string {
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new CommandError(`--url is ${JSON.stringify(given)}. It must be an address such as https://school.example.ca.`);
}

/** Connects to PostgreSQL, to the running program's database, or to the embedded one, started for this command. */
async function connect(config: Config): Promise<DirectConnection> {
  if (config.databaseUrl !== undefined) return connectToServer(config.databaseUrl);
  if (!existsSync(join(config.dataDirectory, 'postgres'))) {
    throw new CommandError(
      `There is no database in ${config.dataDirectory}. Set DATA_DIR or DATABASE_URL as for npm start. The first start prints a link.`,
    );
  }
  let dataFolder;
  try {
    dataFolder = openDataFolder(config.dataDirectory);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    const running = connectToProgram(config.dataDirectory);
    if (running === undefined) throw noAnswer(config, error);
    return running;
  }
  const database = openCommandDatabase(dataFolder);
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

function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code) ||
    (error instanceof Error && /timeout|terminated/i.test(error.message))
  );
}

function noAnswer(config: Config, cause: unknown): CommandError {
  return new CommandError(
    config.databaseUrl === undefined
      ? 'The program is running, but its database does not respond. Try again in a few seconds, or stop the program and run this command again.'
      : 'The database at DATABASE_URL does not respond. Check that it is running and that the address is right.',
    { cause },
  );
}

function addressOf({ host, port }: Config): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}${port === 0 ? '' : `:${port}`}`;
}
