import type { StreamEvents } from '../../src/contract.ts';

/** What a stream brings, as text that is yet to be read. */
export interface Message {
  readonly event: keyof StreamEvents;
  readonly data: string;
}

/** Where the stream's events come from: this tab's own stream, or another tab's. */
export interface Source {
  /** Opens the stream, or opens it anew. Does nothing while another tab has it. */
  open(): void;
  /** Until `open`. */
  close(): void;
}

export interface SourceListener {
  readonly heard: (message: Message) => void;
  /** @param given whether the browser opens it again by itself */
  readonly failed: (refused: boolean) => void;
}

const kinds: readonly (keyof StreamEvents)[] = [
  'hello',
  'snapshot',
  'transition',
  'override',
  'control',
  'check',
  'service',
  'config',
  'incident',
  'fault',
  'operation',
  'log',
  'resync',
  'lagged',
  'heartbeat',
  'bye',
];

/**
 * A stream for this tab alone. The browser opens a broken one again by itself, every few seconds and for ever; so when
 * its first try fails the stream is closed, and whoever listens opens it again with backoff.
 */
export function ownSource(url: string, { heard, failed }: SourceListener): Source {
  let stream: EventSource | undefined;
  return {
    open() {
      stream?.close();
      const opened = new EventSource(url);
      stream = opened;
      let isBroken = false;
      for (const event of kinds) {
        opened.addEventListener(event, ({ data }: MessageEvent<string>) => {
          isBroken = false;
          if (stream === opened) heard({ event, data });
        });
      }
      opened.addEventListener('error', () => {
        if (stream !== opened) return;
        const isRefused = isBroken || opened.readyState === EventSource.CLOSED;
        isBroken = true;
        if (isRefused) opened.close();
        failed(isRefused);
      });
    },
    close() {
      stream?.close();
      stream = undefined;
    },
  };
}

/**
 * One stream for all tabs of this browser: six streams would take all the connections that a browser opens to one
 * host, and no order would get through. The tab that holds the lock has the stream and tells the others; when it is
 * closed the next one takes over. On plain HTTP names there are no locks: each tab has a stream of its own.
 */
export function sharedSource(url: string, listener: SourceListener): Source {
  // On plain HTTP names it is not there, whatever the types say.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return ownSource(url, listener);
  const name = `dualbrake-console ${url}`;
  const channel = new BroadcastChannel(name);
  let wanted = false;
  let leads = false;
  const own = ownSource(url, {
    heard: (message) => {
      // A channel, not a window: there is no origin to name.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      channel.postMessage(message);
      listener.heard(message);
    },
    failed: listener.failed,
  });
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (!leads && wanted) listener.heard(data);
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
