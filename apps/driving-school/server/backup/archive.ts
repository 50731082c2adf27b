import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create, extract, list, type ReadEntry } from 'tar';
import { fsyncPath, fsyncTree } from '../platform/fsync.ts';
import { BackupError, messageOf } from './backup-error.ts';
import { type Manifest, manifestName, parseManifest, serializeManifest } from './manifest.ts';

/** A manifest has some 150 bytes for each of a thousand files; anything longer is not one. */
const manifestBytesMax = 16 * 1024 * 1024;

/**
 * Packs a folder into a tar archive compressed with gzip, with its manifest as the first entry. The file gets its final
 * name once it is complete and flushed, and is readable only by this user.
 *
 * @throws BackupError when the file exists or cannot be written
 */
export async function writeArchive(file: string, from: string, manifest: Manifest): Promise<void> {
  const draft = `${file}.unfinished`;
  try {
    await writeFile(join(from, manifestName), serializeManifest(manifest), { mode: 0o600 });
    const paths = [manifestName, ...manifest.folders, ...manifest.parts.map((part) => part.path)];
    await pipeline(
      create({ cwd: from, gzip: true, portable: true, strict: true, noDirRecurse: true }, paths),
      createWriteStream(draft, { mode: 0o600 }),
    );
    // An older draft may have had another mode.
    await chmod(draft, 0o600);
    fsyncPath(draft);
    if (existsSync(file)) throw new Error('another program has created a file with that name');
    await rename(draft, file);
    fsyncPath(dirname(resolve(file)));
  } catch (error) {
    await rm(draft, { force: true });
    throw new BackupError(`The backup ${file} could not be written: ${messageOf(error)}.`, { cause: error });
  }
}

/**
 * Reads a whole archive and compares every file in it with the manifest. Writes nothing.
 *
 * @throws BackupError when anything is missing, damaged or unexpected
 */
export async function checkArchive(file: string): Promise<Manifest> {
  const found = new Map<string, { bytes: number; sha256: string }>();
  let manifest: Manifest | undefined;
  try {
    const reading: Promise<void>[] = [];
    await list({
      file,
      strict: true,
      noResume: true,
      onReadEntry: (entry) => {
        if (entry.type === 'Directory') entry.resume();
        else {
          const read = readEntry(entry).then(({ text, ...contents }) => {
            if (entry.path === manifestName) manifest = parseManifest(text);
            else found.set(entry.path, contents);
          });
          // Awaited below, once all have been started.
          read.catch(() => undefined);
          reading.push(read);
        }
      },
    });
    await Promise.all(reading);
  } catch (error) {
    throw unreadable(file, messageOf(error), error);
  }
  if (manifest === undefined) throw unreadable(file, 'its manifest is missing, damaged, or from a newer version');
  for (const { path, bytes, sha256 } of manifest.parts) {
    const part = found.get(path);
    if (part === undefined) throw unreadable(file, `${path} is missing`);
    if (part.bytes !== bytes || part.sha256 !== sha256) throw unreadable(file, `${path} is damaged`);
    found.delete(path);
  }
  const [extra] = found.keys();
  if (extra !== undefined) throw unreadable(file, `${extra} is not in its manifest`);
  return manifest;
}

/** Unpacks an archive that has passed `checkArchive` into an empty folder, and flushes it. */
export async function extractArchive(file: string, to: string): Promise<void> {
  await extract({ file, cwd: to, strict: true, preserveOwner: false, noChmod: true, umask: 0o077 });
  await rm(join(to, manifestName));
  fsyncTree(to);
}

function unreadable(file: string, reason: string, cause?: unknown): BackupError {
  return new BackupError(
    `The backup ${file} cannot be used: ${reason}. Nothing was written. Use another copy of it, or an older backup.`,
    { cause },
  );
}

async function readEntry(entry: ReadEntry): Promise<{ bytes: number; sha256: string; text: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  let text = '';
  for await (const chunk of entry) {
    hash.update(chunk);
    bytes += chunk.length;
    if (entry.path === manifestName) text += chunk.toString('utf8');
    if (text.length > manifestBytesMax) throw new Error('its manifest is too long');
  }
  return { bytes, sha256: hash.digest('hex'), text };
}
