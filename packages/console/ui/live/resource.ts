import { signal, type Signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { backoffMs } from '@dualbrake/kit/poller';
import { ApiError } from './api.ts';
import { useConsole } from './context.ts';
import { serverNow } from './server-clock.ts';

/** Something that the server is asked for, and how it stands with that. */
export interface Resource<T> {
  /** What came last; still there when asking again fails. */
  readonly data: T | undefined;
  /** When it came, milliseconds since the epoch on the server's clock. */
  readonly asOfMs: number | undefined;
  /** Why the last question had no answer. */
  readonly error: ApiError | undefined;
}

interface Kept {
  readonly resource: Signal<Resource<unknown>>;
  asking: Promise<void> | undefined;
  askedAtMs: number;
  /** Failures in a row: what fails is asked for less often. */
  failures: number;
  /** How long to wait after the last question before the next one; nothing while it goes well. */
  backoffMs: number;
  readers: number;
}

/** What was asked for stays for a while: going back to a page shows it at once, with its age. */
const kept = new Map<string, Kept>();
const KEPT_MAX = 60;

/** How often it is asked for while somebody looks, and */
const EVERY_MS = 5_000;
/** how soon after something has changed: many changes at once are one question. */
const AFTER_CHANGE_MS = 400;

/**
 * What the API says at `path`, asked again every few seconds and whenever the stream tells of a change, one question
 * after the other, and not while the tab is hidden.
 *
 * @param path below `api/v1/`; nothing while it is not known yet
 * @param everyMs `Infinity` for what does not change
 */
export function useResource<T>(
  path: string | undefined,
  { everyMs = EVERY_MS }: { readonly everyMs?: number } = {},
): Resource<T> & { readonly refresh: () => Promise<void> } {
  const { api, live } = useConsole();
  const entry = entryOf(path ?? '');

  const ask = (): Promise<void> => {
    if (path === undefined || live.signedOut.value) return Promise.resolve();
    entry.askedAtMs = performance.now();
    return (entry.asking ??= (async () => {
      try {
        const data = await api.get<T>(path);
        entry.resource.value = { data, asOfMs: serverNow(), error: undefined };
        entry.failures = 0;
        entry.backoffMs = 0;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        entry.failures += 1;
        entry.backoffMs = backoffMs(entry.failures, Math.random, { baseMs: EVERY_MS });
        const { data, asOfMs } = entry.resource.value;
        // What is gone is gone: nothing old is shown in its place.
        entry.resource.value =
          error.status === 404 ? { data: undefined, asOfMs: undefined, error } : { data, asOfMs, error };
      } finally {
        entry.asking = undefined;
      }
    })());
  };

  useEffect(() => {
    if (path === undefined) return undefined;
    entry.readers += 1;
    const { asOfMs } = entry.resource.value;
    if (asOfMs === undefined || everyMs !== Infinity) void ask();
    const timer = setInterval(() => {
      if (
        document.visibilityState !== 'hidden' &&
        performance.now() - entry.askedAtMs >= Math.max(everyMs, entry.backoffMs)
      )
        void ask();
    }, 1_000);
    return () => {
      entry.readers -= 1;
      clearInterval(timer);
    };
  }, [path, everyMs]);

  const changes = live.changes.value;
  useEffect(() => {
    if (path === undefined || everyMs === Infinity || entry.askedAtMs === 0) return undefined;
    const timer = setTimeout(() => void ask(), AFTER_CHANGE_MS);
    return () => clearTimeout(timer);
  }, [changes, path]);

  return { ...(entry.resource.value as Resource<T>), refresh: ask };
}

function entryOf(path: string): Kept {
  const known = kept.get(path);
  if (known !== undefined) return known;
  for (const [old, { readers }] of kept) {
    if (kept.size < KEPT_MAX) break;
    if (readers === 0) kept.delete(old);
  }
  const entry: Kept = {
    resource: signal({ data: undefined, asOfMs: undefined, error: undefined }),
    asking: undefined,
    askedAtMs: 0,
    failures: 0,
    backoffMs: 0,
    readers: 0,
  };
  kept.set(path, entry);
  return entry;
}

/** A value that follows another one after a pause: for what is typed. */
export function useDebounced<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
