import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, removeFile, replaceFile } from '../platform/keys/private-file.ts';

/** Lies in a restored data folder until the program has started on it. */
const fileName = 'restored.json';

const formatSchema = z.object({ version: z.literal(1), made_at: z.iso.datetime(), restored_at: z.iso.datetime() });

/** Says that the data of a folder come from a backup, and nobody has worked with them yet. */
export interface RestoredMark {
  /** When the backup was begun, as text. */
  readonly madeAt: string;
  readonly restoredAt: Date;
}

/** What of a restore is still to be done by the next start. */
export const restoredMark = {
  write(directory: string, { madeAt, restoredAt }: RestoredMark): void {
    const content = { version: 1, made_at: madeAt, restored_at: restoredAt.toISOString() };
    replaceFile(join(directory, fileName), `${JSON.stringify(content)}\n`);
  },

  /** @returns nothing when the folder was not restored, or has been started since */
  read(directory: string): RestoredMark | undefined {
    const text = readIfThere(join(directory, fileName));
    if (text === undefined) return undefined;
    const parsed = formatSchema.safeParse(jsonOf(text));
    // That it is there says enough: a damaged one must not keep the school closed, nor old sessions open.
    if (!parsed.success) return { madeAt: 'unknown', restoredAt: new Date() };
    return { madeAt: parsed.data.made_at, restoredAt: new Date(parsed.data.restored_at) };
  },

  remove(directory: string): void {
    removeFile(join(directory, fileName));
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
