import { build, type BuildOptions, type Metafile } from 'esbuild';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { peers } from './library.ts';

/** What a bundler makes of a few lines that import the library. */
export interface Bundle {
  readonly code: string;
  /** Files of the library that left something in it, from its `dist`: `policies/retry.js`. */
  readonly files: readonly string[];
}

/**
 * Bundles a program of a project that has the package in its `node_modules`, minified, as the user of a browser gets it.
 *
 * @param project folder that has `node_modules/dualbrake`
 */
export async function bundle(project: string, program: string, options: BuildOptions = {}): Promise<Bundle> {
  const result = await build({
    stdin: { contents: program, resolveDir: project, loader: 'js' },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*', ...peers],
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...options,
  });
  const [output] = result.outputFiles ?? [];
  if (output === undefined || result.metafile === undefined) throw new Error('esbuild has made no bundle.');
  return { code: output.text, files: filesIn(result.metafile, project) };
}

/** Bytes that travel: gzip, level 9. */
export function gzipBytes(code: string): number {
  return gzipSync(code, { level: 9 }).byteLength;
}

function filesIn(metafile: Metafile, project: string): string[] {
  const dist = join(project, 'node_modules/dualbrake/dist');
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file !== '<stdin>')
    .map(([file]) => relative(dist, join(project, file)))
    .sort();
}
