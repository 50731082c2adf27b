import { verifyDatabase } from '../backup/backup.ts';
import { announce, CommandError, runCommand } from './command.ts';

const usage = `Checks every page of the embedded database for damage

Usage: npm run verify-database

  --help  show this text

The program may be running. Exits with code 0 when all pages are intact, or 1 when a page is damaged or cannot be checked.

Environment: DATA_DIR as for npm start. See docs/backup.md.
`;

/** Maximum number of damaged pages listed. */
const shownMax = 20;

await runCommand({
  usage,
  options: {},
  async run(_, { dataDirectory, databaseUrl }) {
    if (databaseUrl !== undefined) {
      throw new CommandError(
        'DATABASE_URL is set, so the database is a PostgreSQL server: check it with its own pg_amcheck or pg_checksums.',
      );
    }
    const { pages, damaged, hasChecksums, names } = await verifyDatabase(dataDirectory);
    if (!hasChecksums) {
      announce(`This database has no page checksums, so its ${pages} pages cannot be checked.`);
      return 1;
    }
    if (damaged.length === 0) {
      announce(`All ${pages} pages are intact.`);
      return 0;
    }
    announce(`${damaged.length} of ${pages} pages are damaged:`);
    for (const { file, page } of damaged.slice(0, shownMax)) {
      const name = names.get(file);
      announce(`  page ${page} of ${file}${name === undefined ? '' : ` (${name})`}`);
    }
    if (damaged.length > shownMax) announce(`  and ${damaged.length - shownMax} more`);
    announce(
      'If the machine lost power, restart the program, so that the database repairs itself, and check again.\n' +
        'Otherwise the disk has lost data: stop the program, move the data folder elsewhere, and restore the last backup\n' +
        'with npm run restore. docs/backup.md also explains what to do without a backup.',
    );
    return 1;
  },
});
