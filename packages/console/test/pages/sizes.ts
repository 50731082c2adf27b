import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/** Bytes of the built page. */
export interface Sizes {
  /** What is loaded before the first page is there: scripts and styles, packed with brotli. */
  readonly first: number;
  /** All other pages, which are fetched when they are wanted, or when there is time; packed. */
  readonly others: number;
  /** What is fetched with the first chart, packed. */
  readonly chart: number;
  /** The folder, not packed. */
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
