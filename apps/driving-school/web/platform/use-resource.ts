import { useEffect, useRef, useState } from 'preact/hooks';
import { availability, refreshAfterOutage } from '../session.ts';
import { Resource } from './resource.ts';

/**
 * Loads what a component shows: on mount, when one of `keys` changes, and when an outage is over. Leaving the component
 * aborts the request. Reading `value`, `failure` or `loading` renders the component again when they change.
 *
 * @param pollMs loads again this often while the page is visible and the server is available; default never
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
