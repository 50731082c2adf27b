import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/** Bytes of the built page. */
export interface Sizes {
  /** Scripts and styles needed for the first page, compressed with Brotli. */
  readonly first: number;
  /** All other pages, loaded on demand or when idle, compressed. */
  readonly others: number;
  /** Size of the code that the first chart loads, compressed. */
  readonly chart: number;
  /** The whole folder, uncompressed. */
  readonly folder: number;
}

/** @param directory of the built page */
export function sizesOf(directory: string): Sizes {
  const html = readFileSync(join(directory, 'index.html'), 'utf8');
  const files = readdirSync(join(directory, 'assets')).map((name) => {
    const path = join(directory, 'assets', name);
    const part = name.startsWith('plot-') ? 'chart' : html.includes(name) ? 'first' : 'others';
    return { part, raw: statSync(path).size, packed: brotliCompressSync(readFileSync(path)).length };
  });
  const packed = (wanted: string): number =>
    files.filter(({ part }) => part === wanted).reduce((sum, file) => sum + file.packed, 0);
  return {
    first: packed('first'),
    others: packed('others'),
    chart: packed('chart'),
    folder: files.reduce((sum, { raw }) => sum + raw, 0),
  };
}
