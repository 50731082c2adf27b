import { constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Some file systems keep time in steps, so a file that was written this shortly before a copy began counts as changed. */
const CLOCK_STEP_MS = 2_000;
/** Of a running server, or of no use to another one. */
const left = /^(postmaster\.(pid|opts)|pg_stat_tmp\/.*|pgsql_tmp.*|.*\/pgsql_tmp.*)$/;
const segment = /^pg_wal\/[0-9A-F]{24}$/;

/**
 * A copy of a PostgreSQL data directory that is in use, in two steps: everything while the database works, and then,
 * while it stands still, only what has changed meanwhile. The pause grows with the writes and not with the database.
 */
export class ClusterCopy {
  readonly #from: string;
  readonly #to: string;
  /** What was copied, with size and time of change as they were before. */
  readonly #copied = new Map<string, string>();
  readonly #beganAtMs: number;

  /**
   * @param to must not be there
   * @param now milliseconds since the epoch, as the file system has them
   */
  constructor(from: string, to: string, now: number) {
    this.#from = from;
    this.#to = to;
    this.#beganAtMs = now;
  }

  /** Copies what changes little. The log is left for `finish`, for most of it will not be needed. */
  async begin(): Promise<void> {
    await mkdir(this.#to, { mode: 0o700 });
    for (const name of this.#names()) if (!segment.test(name)) await this.#copy(name);
  }

  /**
   * Copies what has changed. To be called after a checkpoint, while nothing is written.
   *
   * @param firstSegment name of the oldest file of the log that is still needed
   */
  async finish(firstSegment: string): Promise<void> {
    const names = new Set(this.#names());
    for (const name of this.#copied.keys()) if (!names.has(name)) await rm(join(this.#to, name));
    for (const name of names) {
      if (segment.test(name) ? name.slice('pg_wal/'.length) >= firstSegment : this.#hasChanged(name)) {
        await this.#copy(name);
      }
    }
  }

  /**
   * All files. All folders are made, because PostgreSQL wants the empty ones, too. Synchronous, as is `#hasChanged`: a
   * thousand trips to another thread take longer than the calls themselves, and clients wait.
   */
  #names(): string[] {
    const entries = readdirSync(this.#from, { recursive: true, withFileTypes: true });
    const names: string[] = [];
    for (const entry of entries) {
      const name = relative(this.#from, join(entry.parentPath, entry.name));
      if (entry.isDirectory()) mkdirSync(join(this.#to, name), { recursive: true, mode: 0o700 });
      else if (entry.isFile() && !left.test(name)) names.push(name);
    }
    return names;
  }

  #hasChanged(name: string): boolean {
    const found = statSync(join(this.#from, name));
    return this.#copied.get(name) !== stamp(found) || found.mtimeMs >= this.#beganAtMs - CLOCK_STEP_MS;
  }

  async #copy(name: string): Promise<void> {
    const [from, to] = [join(this.#from, name), join(this.#to, name)];
    try {
      const before = stamp(statSync(from));
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      // A clone where the file system can: no bytes are moved.
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      this.#copied.set(name, before);
    } catch (error) {
      // Dropped since we have listed it.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      this.#copied.delete(name);
      await rm(to, { force: true });
    }
  }
}

function stamp({ size, mtimeMs, ino }: { readonly size: number; readonly mtimeMs: number; readonly ino: number }) {
  return `${size} ${mtimeMs} ${ino}`;
}
