import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

/** The console's page, built from what is there now, in a folder of its own. */
export interface BuiltPage {
  readonly directory: string;
  remove(): void;
}

export async function buildPage(): Promise<BuiltPage> {
  const directory = mkdtempSync(join(tmpdir(), 'console-ui-'));
  await build({
    configFile: join(import.meta.dirname, '../../vite.config.ts'),
    logLevel: 'error',
    mode: 'production',
    build: { outDir: directory, emptyOutDir: true },
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
