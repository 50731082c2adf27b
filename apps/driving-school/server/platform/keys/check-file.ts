import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, replaceFile } from './private-file.ts';
import { SecretError } from './secret-error.ts';

/** Where the secret comes from. */
export type SecretSource = 'APP_SECRET' | 'secret.key';

const fileName = 'secret.check';

const formatSchema = z.object({
  version: z.literal(1),
  check: z.base64(),
  source: z.enum(['APP_SECRET', 'secret.key']),
});

/** The check value of a data folder's secret, and the secret's source. */
export interface FolderCheck {
  readonly check: Buffer;
  readonly source: SecretSource;
}

/**
 * Reads the check value in the data folder.
 *
 * @returns `undefined` when the program has never run with this folder
 * @throws SecretError when the file is damaged
 */
export function readCheckFile(directory: string): FolderCheck | undefined {
  const text = readIfThere(join(directory, fileName));
  if (text === undefined) return undefined;
  const parsed = formatSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new SecretError(
      `The file ${join(directory, fileName)} is damaged. It only identifies the secret of this folder: ` +
        'delete it and start again. The database checks the secret as well.',
    );
  }
  return { check: Buffer.from(parsed.data.check, 'base64'), source: parsed.data.source };
}

/** Writes the check value to the data folder, unless it is already there. */
export function writeCheckFile(directory: string, { check, source }: FolderCheck): void {
  const text = `${JSON.stringify({ version: 1, check: check.toString('base64'), source })}\n`;
  const file = join(directory, fileName);
  if (readIfThere(file) !== text) replaceFile(file, text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
