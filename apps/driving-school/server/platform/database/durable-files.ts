import { fsyncSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type InitArguments = Parameters<NodeFS['init']>;

/**
 * PGlite's files on disk, with a working fsync. That of Emscripten's file system on Node does nothing but reports success,
 * so a power cut can undo commits.
 *
 * Installed before the engine opens a file: recovery and the creation of the log's first segment need fsync as well.
 * After a power cut, a `pg_control` that was not flushed would say that the database was shut down cleanly, and later
 * writes would be ignored.
 */
export class DurableFiles extends NodeFS {
  override async init(...[database, options]: InitArguments): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(database, options);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), installFsync] } };
  }
}

/** @throws Error when this version of PGlite is built differently: a start must fail if commits would not be durable */
function installFsync(module: unknown): void {
  const files = ['FS', 'filesystems', 'NODEFS'].reduce(property, module);
  const operations = property(files, 'stream_ops');
  const attempt = property(files, 'tryFSOperation');
  if (typeof operations !== 'object' || operations === null || typeof attempt !== 'function') {
    throw new Error('PGlite writes files in an unexpected way');
  }
  Object.assign(operations, {
    fsync(stream: { readonly nfd: number }): number {
      // Converts a disk error to an error number, on which PostgreSQL exits and recovers.
      Reflect.apply(attempt, files, [() => fsyncSync(stream.nfd)]);
      return 0;
    },
  });
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
