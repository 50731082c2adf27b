import { useState } from 'preact/hooks';
import { messageOf } from './api.ts';

interface RequestState {
  readonly busy: boolean;
  /** Why the last request failed, for the user. */
  readonly problem?: string;
}

/** Runs requests, and reports whether one is running and why the last one failed. */
export function useRequest(): RequestState & { readonly run: (request: () => Promise<void>) => void } {
  const [state, setState] = useState<RequestState>({ busy: false });
  const run = (request: () => Promise<void>): void => {
    setState({ busy: true });
    request().then(
      () => setState({ busy: false }),
      (error: unknown) => setState({ busy: false, problem: messageOf(error) }),
    );
  };
  return { ...state, run };
}
