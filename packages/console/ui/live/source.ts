import type { StreamEvents } from '../../src/contract.ts';

/** An event of the stream, its data not yet parsed. */
export interface Message {
  readonly event: keyof StreamEvents;
  readonly data: string;
}

/** A source of stream events: this tab's own stream, or another tab's. */
export interface Source {
  /** Opens or reopens the stream. Does nothing while another tab holds it. */
  open(): void;
  close(): void;
}

export interface SourceListener {
  readonly receive: (message: Message) => void;
  /** @param refused whether the browser has given up on the stream */
  readonly fail: (refused: boolean) => void;
}

const changeEvents: readonly (keyof StreamEvents)[] = [
  'transition',
  'override',
  'control',
  'check',
  'service',
  'config',
  'incident',
  'fault',
  'operation',
];
const events = [...changeEvents, 'hello', 'snapshot', 'log', 'resync', 'lagged', 'heartbeat', 'bye'] as const;

export function isChange(event: keyof StreamEvents): boolean {
  return changeEvents.includes(event);
}

/**
 * A stream for this tab only. The browser would reconnect every few seconds indefinitely; after its first failed
 * attempt the stream is closed instead, so that the listener can reopen it with backoff.
 */
export function ownSource(url: string, { receive, fail }: SourceListener): Source {
  let stream: EventSource | undefined;
  return {
    open() {
      stream?.close();
      const opened = new EventSource(url);
      stream = opened;
      let isInterrupted = false;
      for (const event of events) {
        opened.addEventListener(event, ({ data }: MessageEvent<string>) => {
          isInterrupted = false;
          if (stream === opened) receive({ event, data });
        });
      }
      opened.addEventListener('error', () => {
        if (stream !== opened) return;
        const isRefused = isInterrupted || opened.readyState === EventSource.CLOSED;
        isInterrupted = true;
        if (isRefused) opened.close();
        fail(isRefused);
      });
    },
    close() {
      stream?.close();
      stream = undefined;
    },
  };
}

/**
 * One stream for all tabs of this browser: six streams would use up the browser's connections to the host, and no action
 * would get through. The tab that holds the lock forwards events to the others; when it closes, the next one takes over.
 * Without HTTPS there are no locks, so each tab has its own stream.
 */
export function sharedSource(url: string, listener: SourceListener): Source {
  // Undefined without HTTPS, unlike in the types.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return ownSource(url, listener);
  const name = `dualbrake-console ${url}`;
  const channel = new BroadcastChannel(name);
  let wanted = false;
  let leads = false;
  const own = ownSource(url, {
    receive: (message) => {
      // A channel has no target origin, unlike a window.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      channel.postMessage(message);
      listener.receive(message);
    },
    fail: listener.fail,
  });
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (!leads && wanted) listener.receive(data);
  });
  void locks.request(name, () => {
    leads = true;
    if (wanted) own.open();
    // Held until the tab is closed.
    return new Promise<never>(() => {});
  });
  return {
    open() {
      wanted = true;
      if (leads) own.open();
    },
    close() {
      wanted = false;
      own.close();
    },
  };
}
