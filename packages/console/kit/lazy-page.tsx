import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { Skeleton } from './progress.tsx';

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
    const start = (): void => {
      setFailed(false);
      fetchOnce().then(
        () => setReady(true),
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (loaded === undefined) start();
    }, []);
    if (loaded !== undefined) {
      const Loaded = loaded;
      return <Loaded {...props} />;
    }
    if (failed) {
      return (
        <div class="page">
          <EmptyState
            icon="warning"
            title="This page could not be fetched"
            actions={<Button onClick={start}>Try again</Button>}
          >
            The server cannot be reached. Nothing is lost.
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
      // Best effort: the page itself tries again and tells.
      fetchOnce().catch(() => undefined);
    },
  };
}
