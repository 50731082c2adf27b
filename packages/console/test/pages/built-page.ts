import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build as viteBuild } from 'vite';

/** The console's page, built from what is there now, in a folder of its own. */
export interface BuiltPage {
  readonly directory: string;
  remove(): void;
}

let sharedPage: Promise<BuiltPage> | undefined;

/** Files that share a process share the page. */
export function buildPage(): Promise<BuiltPage> {
  if (process.env['TEST_FILES_SHARE_PROCESS'] === undefined) return build();
  return (sharedPage ??= build().then((page) => {
    process.once('exit', () => page.remove());
    return { directory: page.directory, remove: () => undefined };
  }));
}

async function build(): Promise<BuiltPage> {
  const directory = mkdtempSync(join(tmpdir(), 'console-ui-'));
  await viteBuild({
    configFile: join(import.meta.dirname, '../../vite.config.ts'),
    logLevel: 'error',
    mode: 'production',
    build: { outDir: directory, emptyOutDir: true },
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
