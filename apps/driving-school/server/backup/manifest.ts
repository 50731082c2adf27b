import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { Secrets } from '../platform/secrets.ts';

/** Version of the format. Increase it with a change that older programs can't read. */
const format = 1;

const partSchema = z.strictObject({
  /** Relative to the root of the archive, with slashes. */
  path: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\w./-]+$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const contentSchema = z.strictObject({
  format: z.literal(format),
  /** When the backup was started: it contains everything acknowledged before. */
  made_at: z.iso.datetime(),
  /** Version of the program. */
  version: z.string(),
  database: z.enum(['embedded', 'external']),
  /** Identifies the secret that the data is sealed with, without revealing it. */
  secret_check: z.string().regex(/^[0-9a-f]{64}$/),
  parts: z.array(partSchema),
  /** Empty ones included: PostgreSQL requires them. */
  folders: z.array(z.string()),
});

const manifestSchema = z.strictObject({
  /** Digest of the content as JSON without spaces: it reveals damage that still parses. */
  sha256: z.string(),
  content: contentSchema,
});

/** A file of a backup. */
export type Part = z.infer<typeof partSchema>;
/** The contents of a backup. */
export type Manifest = z.infer<typeof contentSchema>;

/** Name of the first entry of an archive. */
export const manifestName = 'manifest.json';

/** Lists a folder with sizes and checksums. Paths are sorted. */
export async function describeParts(directory: string): Promise<Pick<Manifest, 'parts' | 'folders'>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]): string => relative(directory, join(entry.parentPath, entry.name));
  const paths = entries.filter((entry) => entry.isFile()).map(pathOf);
  const parts: Part[] = [];
  for (const path of paths.toSorted()) {
    const { size } = await stat(join(directory, path));
    parts.push({ path, bytes: size, sha256: await sha256Of(join(directory, path)) });
  }
  const folders = entries.filter((entry) => entry.isDirectory()).map(pathOf);
  return { parts, folders: folders.toSorted() };
}

/** Returns the manifest as text. */
export function serializeManifest(content: Manifest): string {
  return `${JSON.stringify({ sha256: digestOf(content), content }, undefined, 1)}\n`;
}

/** Parses a manifest. @returns undefined when it is not a manifest, is damaged, or was written by a newer program */
export function parseManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success || parsed.data.sha256 !== digestOf(parsed.data.content)) return undefined;
  return parsed.data.content;
}

/** A value that identifies the secret without revealing it. */
export function secretCheckOf(secrets: Secrets): string {
  return secrets.derive('backup-secret-check').toString('hex');
}

function digestOf(content: Manifest): string {
  return createHash('sha256')
    .update(JSON.stringify(contentSchema.parse(content)))
    .digest('hex');
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
