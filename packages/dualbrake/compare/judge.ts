import type { Library } from './adapter.ts';
import { NotOffered, Wrong, type Pitfall } from './pitfall.ts';
import { turn, within } from './time.ts';

/** What a library makes of a pitfall; `observed` says what it did instead of what is right. */
export type Verdict =
  { readonly is: 'right' } | { readonly is: 'not offered' } | { readonly is: 'wrong'; readonly observed: string };

/** Machine time for one pitfall; all of them together take seconds. */
const LIMIT_MS = 5_000;

/** Never rejects. One at a time: timers of the process may be faked meanwhile. */
export async function judge(library: Pick<Library, 'open'>, pitfall: Pitfall): Promise<Verdict> {
  const adapter = library.open(pitfall.time ?? 'moved by hand');
  try {
    await tried(() => pitfall.run(adapter), LIMIT_MS);
    return { is: 'right' };
  } catch (error) {
    if (error instanceof NotOffered) return { is: 'not offered' };
    return { is: 'wrong', observed: error instanceof Wrong ? error.message : `it failed: ${messageOf(error)}` };
  } finally {
    await turn();
    adapter.time.close();
  }
}

/**
 * Runs a piece of work that must leave no error unhandled, and must come to an end.
 *
 * @param limitMs machine time after which it is taken to hang
 * @throws Wrong for an unhandled error; what the work throws, as it is
 */
export async function tried(work: () => Promise<void>, limitMs: number): Promise<void> {
  const strays: unknown[] = [];
  const collect = (error: unknown): void => void strays.push(error);
  process.on('unhandledRejection', collect);
  process.on('uncaughtException', collect);
  try {
    await within(limitMs, work);
    // Unhandled rejections are told after the microtasks of a turn.
    await turn();
    await turn();
    if (strays.length > 0) throw new Wrong(`an unhandled error: ${messageOf(strays[0])}`);
  } finally {
    process.off('unhandledRejection', collect);
    process.off('uncaughtException', collect);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
