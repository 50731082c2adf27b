import { signal, type Signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { backoffMs } from '@dualbrake/kit/poller';
import { ApiError } from './api.ts';
import { useConsole } from './context.ts';
import { serverNow } from './server-clock.ts';

/** The API's response for a path, and the state of fetching it. */
export interface Resource<T> {
  /** The last result; kept when a refresh fails. */
  readonly data: T | undefined;
  /** When it was fetched, milliseconds since the epoch on the server's clock. */
  readonly asOfMs: number | undefined;
  /** Why the last request failed. */
  readonly error: ApiError | undefined;
  readonly refresh: () => Promise<void>;
}

interface CacheEntry {
  readonly state: Signal<Omit<Resource<unknown>, 'refresh'>>;
  fetching: Promise<void> | undefined;
  fetchedAtMs: number;
  /** Consecutive failures. */
  failures: number;
  backoffMs: number;
  readers: number;
}

/** Lets a page that is opened again show its last data at once, with its age. */
const cache = new Map<string, CacheEntry>();
const CACHE_MAX = 60;

const REFRESH_MS = 5_000;
/** Combines many changes into one request. */
const AFTER_CHANGE_MS = 400;

/**
 * Fetches a path of the API and refreshes it every few seconds and after changes, one request at a time, and not while
 * the tab is hidden.
 *
 * @param path below `api/v1/`; `undefined` fetches nothing
 * @param everyMs `Infinity` for data that never changes
 */
export function useResource<T>(
  path: string | undefined,
  { everyMs = REFRESH_MS }: { readonly everyMs?: number } = {},
): Resource<T> {
  const { api, live } = useConsole();
  const entry = entryOf(path ?? '');

  const refresh = (): Promise<void> => {
    if (path === undefined || live.signedOut.value) return Promise.resolve();
    entry.fetchedAtMs = performance.now();
    return (entry.fetching ??= (async () => {
      try {
        const data = await api.get<T>(path);
        entry.state.value = { data, asOfMs: serverNow(), error: undefined };
        entry.failures = 0;
        entry.backoffMs = 0;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        entry.failures += 1;
        entry.backoffMs = backoffMs(entry.failures, Math.random, { baseMs: REFRESH_MS });
        const { data, asOfMs } = entry.state.value;
        // Nothing old is shown in place of something that no longer exists.
        entry.state.value =
          error.status === 404 ? { data: undefined, asOfMs: undefined, error } : { data, asOfMs, error };
      } finally {
        entry.fetching = undefined;
      }
    })());
  };

  useEffect(() => {
    if (path === undefined) return undefined;
    entry.readers += 1;
    if (entry.state.value.asOfMs === undefined || everyMs !== Infinity) void refresh();
    const timer = setInterval(() => {
      const isDue = performance.now() - entry.fetchedAtMs >= Math.max(everyMs, entry.backoffMs);
      if (isDue && document.visibilityState !== 'hidden') void refresh();
    }, 1_000);
    return () => {
      entry.readers -= 1;
      clearInterval(timer);
    };
  }, [path, everyMs]);

  const changes = live.changes.value;
  useEffect(() => {
    if (path === undefined || everyMs === Infinity || entry.fetchedAtMs === 0) return undefined;
    const timer = setTimeout(() => void refresh(), AFTER_CHANGE_MS);
    return () => clearTimeout(timer);
  }, [changes, path]);

  return { ...(entry.state.value as Omit<Resource<T>, 'refresh'>), refresh };
}

function entryOf(path: string): CacheEntry {
  const known = cache.get(path);
  if (known !== undefined) return known;
  for (const [old, { readers }] of cache) {
    if (cache.size < CACHE_MAX) break;
    if (readers === 0) cache.delete(old);
  }
  const entry: CacheEntry = {
    state: signal({ data: undefined, asOfMs: undefined, error: undefined }),
    fetching: undefined,
    fetchedAtMs: 0,
    failures: 0,
    backoffMs: 0,
    readers: 0,
  };
  cache.set(path, entry);
  return entry;
}

/** A value that follows another after a pause in typing. */
export function useDebounced<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
