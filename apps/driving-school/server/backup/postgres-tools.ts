import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { BackupError, messageOf } from './backup-error.ts';

/** Debian's folder for each version, newest first: not all of them are in PATH. */
const debianFolders = Array.from({ length: 10 }, (_, at) => `/usr/lib/postgresql/${24 - at}/bin`);

/** Writes a consistent snapshot of the whole database to a file. @throws BackupError */
export async function dumpDatabase(url: string, file: string): Promise<void> {
  await runTool('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`], url);
}

/** Fills an empty database from a file, or changes nothing. @throws BackupError */
export async function fillDatabase(url: string, file: string): Promise<void> {
  const options = ['--no-owner', '--no-privileges', '--single-transaction', '--exit-on-error'];
  await runTool('pg_restore', [...options, file], url);
}

/** Requires the database to be empty. @throws BackupError when it is not, or can't be reached */
export async function requireEmptyDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'driving-school-restore' });
  // The query below rejects with the same error.
  client.on('error', () => undefined);
  let count: number;
  try {
    await client.connect();
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
    );
    count = Number(rows[0]?.count);
  } catch (error) {
    throw new BackupError(`The database at DATABASE_URL cannot be reached: ${messageOf(error)}. Nothing was written.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
  if (count > 0) {
    throw new BackupError(
      'The database at DATABASE_URL is not empty, and a restore never overwrites data. Create a new one with createdb and set DATABASE_URL to it.',
    );
  }
}

function runTool(name: string, options: readonly string[], url: string): Promise<void> {
  const program = [...(process.env['PATH'] ?? '').split(':'), ...debianFolders]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (program === undefined) {
    throw new BackupError(`${name} is not installed: install the PostgreSQL client programs of the server's version.`);
  }
  // Other users of the machine can see the command line, so the password is passed in the environment.
  const address = new URL(url);
  const password = decodeURIComponent(address.password);
  address.password = '';
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...options, `--dbname=${address.href}`], {
      env: { ...process.env, ...(password === '' ? {} : { PGPASSWORD: password }), LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (bytes: Buffer) => (output = (output + bytes.toString()).slice(-2_000)));
    child.once('error', (error) => reject(new BackupError(`${name} cannot be run: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new BackupError(`${name} failed with code ${code}: ${output.trim()}`));
    });
  });
}
