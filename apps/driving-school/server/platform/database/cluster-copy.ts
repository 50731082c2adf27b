import { constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A file written this shortly before a copy began counts as changed: some file systems have coarse timestamps. */
const CLOCK_STEP_MS = 2_000;
/** Files of the running server only. */
const notCopied = /^(postmaster\.(pid|opts)|pg_stat_tmp\/.*|pgsql_tmp.*|.*\/pgsql_tmp.*)$/;
const segment = /^pg_wal\/[0-9A-F]{24}$/;

/**
 * Copies a PostgreSQL data directory that is in use, in two steps: everything while the database works, then only the
 * changes while it is paused. The pause depends on the number of writes, not on the size of the database.
 */
export class ClusterCopy {
  readonly #from: string;
  readonly #to: string;
  /** The copied files, with size and modification time as they were before. */
  readonly #copied = new Map<string, string>();
  readonly #beganAtMs: number;

  /**
   * @param to must not exist
   * @param now milliseconds since the epoch, by the clock of the file system
   */
  constructor(from: string, to: string, now: number) {
    this.#from = from;
    this.#to = to;
    this.#beganAtMs = now;
  }

  /** Copies everything except the log, most of which is not needed. */
  async begin(): Promise<void> {
    await mkdir(this.#to, { mode: 0o700 });
    for (const name of this.#names()) if (!segment.test(name)) await this.#copy(name);
  }

  /**
   * Copies the changes and the log. Call it after a checkpoint, while nothing is written.
   *
   * @param firstSegment name of the oldest log file that is still needed
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
   * Lists all files and creates all folders, because PostgreSQL requires even the empty ones. Synchronous, like
   * `#hasChanged`: clients are waiting, and a thousand asynchronous calls would take longer.
   */
  #names(): string[] {
    const entries = readdirSync(this.#from, { recursive: true, withFileTypes: true });
    const names: string[] = [];
    for (const entry of entries) {
      const name = relative(this.#from, join(entry.parentPath, entry.name));
      if (entry.isDirectory()) mkdirSync(join(this.#to, name), { recursive: true, mode: 0o700 });
      else if (entry.isFile() && !notCopied.test(name)) names.push(name);
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
      // Clones the file if the file system supports it.
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      this.#copied.set(name, before);
    } catch (error) {
      // The file was dropped after it was listed.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      this.#copied.delete(name);
      await rm(to, { force: true });
    }
  }
}

function stamp({ size, mtimeMs, ino }: { readonly size: number; readonly mtimeMs: number; readonly ino: number }) {
  return `${size} ${mtimeMs} ${ino}`;
}
