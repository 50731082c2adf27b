import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { Skeleton } from './progress.tsx';

/** A server that is silent for this long is said to be silent; the page still appears when its program comes after all. */
const PATIENCE_MS = 6_000;

/**
 * A page whose program is fetched when it is first wanted. `load` is called again after a failure, and early by
 * `preload`, so that a page that was never opened is there when the server is not.
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
      let isHere = true;
      setFailed(false);
      const patience = setTimeout(() => setFailed(true), PATIENCE_MS);
      fetchOnce()
        .then(
          () => isHere && setReady(true),
          () => isHere && setFailed(true),
        )
        .finally(() => clearTimeout(patience));
      return () => {
        isHere = false;
        clearTimeout(patience);
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
            The server does not answer. If it does again and this stays, reload the page.
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
      // Best effort: the page itself tries again, and says so when it fails.
      fetchOnce().catch(() => undefined);
    },
  };
}
