import { fsyncSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type InitArguments = Parameters<NodeFS['init']>;

/**
 * PGlite's files on disk, with an fsync that works. Emscripten's file system on Node has none but reports success, so a
 * power cut can undo commits.
 *
 * Installed while the engine is built, before it opens a file. Recovery after a crash and the creation of the
 * log's first segment rely on it as much as commits do: a `pg_control` that was not flushed says after a power cut that
 * the database was shut down, and everything written since is ignored.
 */
export class DurableFiles extends NodeFS {
  override async init(...[database, options]: InitArguments): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(database, options);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), installFsync] } };
  }
}

/** @throws when PGlite is built differently: better no start than commits that are not durable */
function installFsync(module: unknown): void {
  const files = ['FS', 'filesystems', 'NODEFS'].reduce(property, module);
  const operations = property(files, 'stream_ops');
  const attempt = property(files, 'tryFSOperation');
  if (typeof operations !== 'object' || operations === null || typeof attempt !== 'function') {
    throw new Error('PGlite writes files in an unexpected way');
  }
  Object.assign(operations, {
    fsync(stream: { readonly nfd: number }): number {
      // Turns a disk error into a number that PostgreSQL understands: it then ends and recovers.
      Reflect.apply(attempt, files, [() => fsyncSync(stream.nfd)]);
      return 0;
    },
  });
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
