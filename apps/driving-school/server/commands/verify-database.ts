import { verifyDatabase } from '../backup/backup.ts';
import { announce, CommandError, runCommand } from './command.ts';

const usage = `Checks every page of the embedded database for damage

Usage: npm run verify-database

  --help  this text

The program may be running. Exit code 0 when all pages are intact, 1 when any is damaged or cannot be checked.

Environment: DATA_DIR as for npm start. See docs/backup.md.
`;

/** More lines than this do not help. */
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
      announce(`This database was created without page checksums, so its ${pages} pages cannot be checked.`);
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
        'Otherwise data was destroyed on the disk: stop the program, move the data folder away, and restore the last\n' +
        'backup with npm run restore. See docs/backup.md, also for what to do without a backup.',
    );
    return 1;
  },
});
