import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** A page that does not match its checksum. */
export interface DamagedPage {
  /** Relative to the data directory, such as `base/5/16384`. */
  readonly file: string;
  /** Index in the file, from 0. */
  readonly page: number;
}

/** The result of checking all pages. */
export interface PageReport {
  readonly pages: number;
  readonly damaged: readonly DamagedPage[];
  /** False when the database has no checksums, so its pages can't be checked. */
  readonly hasChecksums: boolean;
}

export const PAGE_BYTES = 8_192;
/** The first file of a table or index has up to 1 GB; the next files are `.1`, `.2` and so on. */
const PAGES_PER_FILE = 131_072;
const CHUNK_PAGES = 64;
const relationFile = /^\d+(?:_(?:fsm|vm|init))?(?:\.(\d+))?$/;

/**
 * Checks every page of a PostgreSQL data directory in steps of half a megabyte. The caller may pause between steps; an
 * engine in the same process can keep working, because it does not write during a step.
 */
export function* checkPages(directory: string): Generator<void, PageReport> {
  const damaged: DamagedPage[] = [];
  let pages = 0;
  let withChecksum = 0;
  const chunk = Buffer.alloc(CHUNK_PAGES * PAGE_BYTES);
  for (const { file, firstPage } of relationFiles(directory)) {
    for (let at = 0; ; at += CHUNK_PAGES) {
      const bytes = readAt(join(directory, file), chunk, at * PAGE_BYTES);
      for (let offset = 0; offset < bytes; offset += PAGE_BYTES) {
        const number = at + offset / PAGE_BYTES;
        const verdict = judge(chunk.subarray(offset, Math.min(offset + PAGE_BYTES, bytes)), firstPage + number);
        pages += 1;
        if (verdict !== 'no checksum') withChecksum += 1;
        if (verdict === 'damaged') damaged.push({ file, page: number });
      }
      yield;
      if (bytes < chunk.length) break;
    }
  }
  const hasChecksums = pages === 0 || withChecksum > 0;
  return { pages, damaged: hasChecksums ? damaged : [], hasChecksums };
}

/** Runs all steps of `checkPages`. */
export function checkAllPages(directory: string): PageReport {
  const steps = checkPages(directory);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function relationFiles(directory: string): { file: string; firstPage: number }[] {
  const databases = readdirSync(join(directory, 'base')).map((name) => `base/${name}`);
  return ['global', ...databases].flatMap((folder) =>
    readdirSync(join(directory, folder)).flatMap((name) => {
      const match = relationFile.exec(name);
      return match === null ? [] : [{ file: `${folder}/${name}`, firstPage: Number(match[1] ?? 0) * PAGES_PER_FILE }];
    }),
  );
}

/** @returns the number of bytes read; 0 when the file has been dropped */
function readAt(path: string, into: Buffer, position: number): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
  try {
    return readSync(file, into, 0, into.length, position);
  } finally {
    closeSync(file);
  }
}

type Verdict = 'intact' | 'damaged' | 'no checksum';

/** Offsets in a page's header: https://www.postgresql.org/docs/current/storage-page-layout.html */
const CHECKSUM_AT = 8;
const UPPER_AT = 14;

function judge(page: Buffer, number: number): Verdict {
  if (page.length < PAGE_BYTES) return 'damaged';
  // An unused page.
  if (page.readUInt16LE(UPPER_AT) === 0) return page.every((byte) => byte === 0) ? 'no checksum' : 'damaged';
  const stored = page.readUInt16LE(CHECKSUM_AT);
  if (stored === 0) return 'no checksum';
  return stored === pageChecksum(page, number) ? 'intact' : 'damaged';
}

const SUMS = 32;
const FNV_PRIME = 16_777_619;
// prettier-ignore
const baseOffsets = Int32Array.of(
  0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c,
  0xf8d4474f, 0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb,
  0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4,
  0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756,
);

/**
 * Computes PostgreSQL's checksum of a page: 32 parallel FNV-1a sums, folded.
 *
 * @param number index of the page in its table or index, across all files
 * @returns 1 to 65,535
 * @see src/include/storage/checksum_impl.h of PostgreSQL
 */
export function pageChecksum(page: Buffer, number: number): number {
  const sums = baseOffsets.slice();
  for (let at = 0; at < PAGE_BYTES; at += 4) {
    // The checksum itself counts as zero.
    const word = at === CHECKSUM_AT ? page.readInt32LE(at) & ~0xffff : page.readInt32LE(at);
    mix(sums, (at / 4) % SUMS, word);
  }
  for (let round = 0; round < 2; round += 1) for (let sum = 0; sum < SUMS; sum += 1) mix(sums, sum, 0);
  const folded = sums.reduce((all, sum) => all ^ sum, 0) ^ number;
  return ((folded >>> 0) % 65_535) + 1;
}

function mix(sums: Int32Array, at: number, value: number): void {
  const mixed = (sums[at] ?? 0) ^ value;
  sums[at] = Math.imul(mixed, FNV_PRIME) ^ (mixed >>> 17);
}
