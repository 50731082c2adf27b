import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, EmptyState } from '../kit/index.ts';
import { Loading } from './parts/page.tsx';

/** What a page is given: what follows its name in the address. */
export interface PageProps {
  readonly rest: readonly string[];
}

/** A page whose program is fetched when it is first wanted, so that *Now* is there at once. */
export function lazyPage(load: () => Promise<ComponentType<PageProps>>): {
  readonly View: ComponentType<PageProps>;
  /** Fetches it early: a page that was never opened is then there when the server is not. */
  readonly preload: () => Promise<void>;
} {
  let Ready: ComponentType<PageProps> | undefined;
  let loading: Promise<void> | undefined;
  const fetchOnce = (): Promise<void> =>
    (loading ??= load().then(
      (page) => {
        Ready = page;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    ));
  const View = (props: PageProps) => {
    const [failed, setFailed] = useState(false);
    const [, setReady] = useState(false);
    const start = (): void => {
      setFailed(false);
      fetchOnce().then(
        () => setReady(true),
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (Ready === undefined) start();
    }, []);
    if (Ready !== undefined) return <Ready {...props} />;
    return (
      <div class="page console-page">
        {failed ? (
          <EmptyState
            icon="warning"
            title="This page could not be fetched"
            actions={<Button onClick={start}>Try again</Button>}
          >
            The server does not answer. What you have opened before still works.
          </EmptyState>
        ) : (
          <Loading title="Fetching the page…" />
        )}
      </div>
    );
  };
  return { View, preload: fetchOnce };
}
