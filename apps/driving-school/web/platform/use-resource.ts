import { useEffect, useRef, useState } from 'preact/hooks';
import { availability, refreshAfterOutage } from '../session.ts';
import { Resource } from './resource.ts';

/**
 * Loads the data of a component: on mount, when one of `keys` changes, and after an outage. Unmounting aborts the request.
 * A component that reads `value`, `failure` or `loading` is rendered again when they change.
 *
 * @param pollMs reload interval while the page is visible and the server is available; default: never
 */
export function useResource<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: readonly unknown[] = [],
  { pollMs }: { readonly pollMs?: number } = {},
): Resource<Value> {
  const latest = useRef(load);
  latest.current = load;
  const [resource] = useState(() => new Resource<Value>((signal) => latest.current(signal)));
  useEffect(() => {
    void resource.load();
    const stopRefreshing = refreshAfterOutage(() => resource.load());
    return () => {
      stopRefreshing();
      resource.abort();
    };
  }, keys);
  useEffect(() => {
    if (pollMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && availability.value.state === 'live') void resource.load();
    }, pollMs);
    return () => clearInterval(timer);
  }, [pollMs]);
  return resource;
}
