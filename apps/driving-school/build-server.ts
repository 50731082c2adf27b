import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The server, its database process, and the commands, relative to `server/`. */
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
  'commands/school',
  'commands/verify-database',
  'platform/database/embedded-server',
];

/** Not bundled: these packages load native code or other files from their own folders. */
const external = [
  '@electric-sql/pglite',
  '@fastify/swagger-ui',
  '@node-rs/argon2',
  'pino',
  'pino-pretty',
  'sodium-native',
];

/**
 * Bundles the server into a few files: reading some 1,200 small ones takes most of a start.
 *
 * @param folder output folder, emptied first. Must be inside this package, whose other files the server finds from there
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
    external,
    // For readable stack traces.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    // Bundled CommonJS packages still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
  });
}
