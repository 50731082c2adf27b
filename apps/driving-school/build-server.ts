import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What is started: the program, its database process, and the operators' commands. */
const entries = [
  'main',
  'build-state',
  'commands/backup',
  'commands/console-token',
  'commands/key-backup',
  'commands/key-restore',
  'commands/key-rotate',
  'commands/owner-link',
  'commands/restore',
  'commands/verify-database',
  'platform/database/embedded-server',
];

/** They find files of their own, or native code, beside themselves. */
const separate = [
  '@electric-sql/pglite',
  '@fastify/swagger-ui',
  '@node-rs/argon2',
  'pino',
  'pino-pretty',
  'sodium-native',
];

/**
 * Compiles the server and what it imports into a few files: reading some 1,200 small ones is most of the time of a start.
 *
 * @param folder where to; it is emptied first. Inside this package, whose other files the program finds from there
 */
export async function buildServer(folder = join(import.meta.dirname, 'dist/server')): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: entries.map((entry) => ({
      in: join(import.meta.dirname, 'server', `${entry}.ts`),
      out: entry.replace('platform/database/', ''),
    })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    supported: { decorators: false },
    conditions: ['source'],
    external: separate,
    // Names in stack traces and of classes stay as they are written.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    // CommonJS packages that are bundled still call `require` for what Node itself has.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
  });
}
