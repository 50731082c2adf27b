/** The classifier's table as a page for people. `npx node packages/dualbrake/quality/table.ts --write` remakes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ClassificationSource } from 'dualbrake';

export const remakeTable = 'npx node --conditions=source packages/dualbrake/quality/table.ts --write';

const file = new URL('../docs/classification-table.md', import.meta.url);

const introduction = `# What every error means

Written by \`${remakeTable}\` from the tables of the classifier, never by hand. [How they are used](classification.md).

**R** worth repeating a little later; **B** counts against a breaker; **sent**: whether the operation got to the other side, where nobody knows a \`maybe\`; **done**: \`no\` where it is known to have
been rejected or rolled back. Repeating is safe with R and (sent \`no\`, or done \`no\`, or an idempotent operation).`;

/** The page as it should be. */
export function tablePage(table: readonly ClassificationSource[]): string {
  const sections = table.map(({ name, rows }) => {
    const lines = rows.map(({ verdict, citation }) =>
      [
        `\`${verdict.rule}\``,
        verdict.class,
        verdict.kind,
        verdict.retryable ? 'R' : '',
        verdict.countsAgainstBreaker ? 'B' : '',
        verdict.reachedServer,
        verdict.applied,
        verdict.scope,
        citation.replaceAll('|', '\\|'),
      ].join(' | '),
    );
    const head =
      '| rule | class | kind | R | B | sent | done | whose | citation |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |';
    return `## ${name}\n\n${head}\n${lines.map((line) => `| ${line} |`).join('\n')}`;
  });
  const count = table.reduce((sum, { rows }) => sum + rows.length, 0);
  return `${introduction} ${count} rows.\n\n${sections.join('\n\n')}\n`;
}

/** The page as it is. */
export function writtenTable(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main && process.argv.includes('--write')) {
  const { classificationTable } = await import('dualbrake');
  writeFileSync(file, tablePage(classificationTable));
}
