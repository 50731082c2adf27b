import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { Skeleton } from './progress.tsx';

/** Time until a load that has not finished is reported as failed; the page still appears when it finishes later. */
const SLOW_LOAD_MS = 6_000;

/**
 * A page whose code is loaded when the page is first shown. Shows a skeleton meanwhile, and a Retry button after a
 * failure.
 *
 * @param load imports the component; called again after a failure
 * @returns the page, and `preload`, which loads its code early so that the page opens without the server
 */
export function lazyPage<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): { readonly Page: (props: Props) => JSX.Element; readonly preload: () => void } {
  let loaded: ComponentType<Props> | undefined;
  let loading: Promise<void> | undefined;
  const fetchOnce = (): Promise<void> => {
    loading ??= load().then(
      (component) => {
        loaded = component;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };

  function Page(props: Props): JSX.Element {
    const [failed, setFailed] = useState(false);
    const [, setReady] = useState(loaded !== undefined);
    const [tries, setTries] = useState(0);
    useEffect(() => {
      if (loaded !== undefined) {
        // `preload` may have finished since this was rendered.
        setReady(true);
        return undefined;
      }
      let isMounted = true;
      setFailed(false);
      const slow = setTimeout(() => setFailed(true), SLOW_LOAD_MS);
      fetchOnce()
        .then(
          () => isMounted && setReady(true),
          () => isMounted && setFailed(true),
        )
        .finally(() => clearTimeout(slow));
      return () => {
        isMounted = false;
        clearTimeout(slow);
      };
    }, [tries]);
    if (loaded !== undefined) {
      const Loaded = loaded;
      return <Loaded {...props} />;
    }
    if (failed) {
      return (
        <div class="page">
          <EmptyState
            icon="warning"
            title="This page couldn’t be loaded"
            actions={<Button onClick={() => setTries(tries + 1)}>Retry</Button>}
          >
            The server isn’t responding. Try again in a moment. If the server is back and this message stays, reload the
            page.
          </EmptyState>
        </div>
      );
    }
    return (
      <div class="page" aria-busy="true">
        <Skeleton width="14rem" />
      </div>
    );
  }

  return {
    Page,
    preload: () => {
      // Best effort: the page loads again when it is shown, and reports a failure.
      fetchOnce().catch(() => undefined);
    },
  };
}
