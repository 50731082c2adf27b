import { BackupError, verifyDatabase } from './backup/backup.ts';
import { announce, runCommand } from './command.ts';

const usage = `Looks at every page of the embedded database and says whether one is damaged.

Usage: npm run verify-database

The program may run meanwhile. Exit code 0 when all pages are sound, 1 when one is damaged or nothing can be said.

Environment: DATA_DIR, as the program has it. docs/backup.md says more.
`;

/** More lines help nobody. */
const shownMax = 20;

await runCommand({
  usage,
  options: [],
  async run(_, { dataDirectory, databaseUrl }) {
    if (databaseUrl !== undefined) {
      throw new BackupError(
        'DATABASE_URL names a PostgreSQL server: check that one with its own pg_amcheck or pg_checksums.',
      );
    }
    const { pages, damaged, hasChecksums, names } = await verifyDatabase(dataDirectory);
    if (!hasChecksums) {
      announce(
        `This database was made without page checksums, so damage cannot be seen in its ${pages} pages. ` +
          'A new database has them: docs/backup.md says how to move there.',
      );
      return 1;
    }
    if (damaged.length === 0) {
      announce(`All ${pages} pages are sound.`);
      return 0;
    }
    announce(`${damaged.length} of ${pages} pages are damaged:`);
    for (const { file, page } of damaged.slice(0, shownMax)) {
      const name = names.get(file);
      announce(`  page ${page} of ${file}${name === undefined ? '' : ` (${name})`}`);
    }
    if (damaged.length > shownMax) announce(`  and ${damaged.length - shownMax} more`);
    announce(
      'If the machine has lost power since the program ran, start it once, so that the database repairs itself, and check again.\n' +
        'Otherwise the disk or a program has destroyed data: stop the program, move the data folder away, and restore the\n' +
        'last backup with npm run restore. docs/backup.md says how, and what can be done without a backup.',
    );
    return 1;
  },
});
