import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, removeFile, replaceFile } from '../platform/keys/private-file.ts';

/** A file in a restored data folder until the first start. */
const fileName = 'restored.json';

const formatSchema = z.object({ version: z.literal(1), made_at: z.iso.datetime(), restored_at: z.iso.datetime() });

/** Marks a data folder as restored, until the first start. */
export interface RestoredMark {
  /** When the backup was started, as text. */
  readonly madeAt: string;
  readonly restoredAt: Date;
}

/** Writes, reads and removes the mark that makes the next start finish a restore. */
export const restoredMark = {
  write(directory: string, { madeAt, restoredAt }: RestoredMark): void {
    const content = { version: 1, made_at: madeAt, restored_at: restoredAt.toISOString() };
    replaceFile(join(directory, fileName), `${JSON.stringify(content)}\n`);
  },

  /** @returns undefined when the folder was not restored, or has been started since */
  read(directory: string): RestoredMark | undefined {
    const text = readIfThere(join(directory, fileName));
    if (text === undefined) return undefined;
    const parsed = formatSchema.safeParse(jsonOf(text));
    // A damaged mark still counts: it must neither prevent the start nor keep old sessions alive.
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
