import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { OperationView, OverviewView, SessionView, StreamEvents } from '../src/contract.ts';
import { ApiError, type Api } from './api.ts';
import { after, isDue, newConnection, POLL_MS, type Connection, type Happening } from './connection.ts';
import { freshnessOf, type Freshness } from './freshness.ts';
import { serverOffsetMs } from './server-clock.ts';

/** What the page shows, and how old it is. */
export interface Live {
  readonly report: ReadonlySignal<OverviewView | undefined>;
  readonly session: ReadonlySignal<SessionView | undefined>;
  readonly way: ReadonlySignal<Connection['way']>;
  readonly freshness: ReadonlySignal<Freshness>;
  /** Milliseconds since the server was last heard. */
  readonly ageMs: ReadonlySignal<number>;
  /** The session has ended: nothing more comes until somebody signs in. */
  readonly signedOut: ReadonlySignal<boolean>;
  /** Why there is nothing to see, in the server's words; only while there has been nothing yet. */
  readonly trouble: ReadonlySignal<string | undefined>;
  start(): void;
}

/** Follows the console's stream, and asks where there is none. Snapshots are the truth; operations are folded in. */
export function createLive(base: string, api: Api): Live {
  const report = signal<OverviewView | undefined>(undefined);
  const session = signal<SessionView | undefined>(undefined);
  const signedOut = signal(false);
  const trouble = signal<string | undefined>(undefined);
  const connection = signal(newConnection(performance.now()));
  const tick = signal(performance.now());
  let stream: EventSource | undefined;
  let asking = false;
  let askedAtMs = -Infinity;

  const happen = (happening: Happening): void => {
    tick.value = performance.now();
    connection.value = after(connection.value, happening, tick.value);
  };
  const hear = (serverNow?: string): void => {
    happen('heard');
    if (serverNow !== undefined) serverOffsetMs.value = Date.parse(serverNow) - Date.now();
  };
  const show = (next: OverviewView): void => {
    const shown = report.value;
    // An answer that was long on its way must not undo what the stream has shown since.
    if (shown === undefined || next.now >= shown.now || next.version < shown.version) report.value = next;
    serverOffsetMs.value = Date.parse(next.now) - Date.now();
    trouble.value = undefined;
  };
  const foldIn = (operation: OperationView): void => {
    const shown = report.value;
    if (shown === undefined) return;
    const services = shown.services.map((service) =>
      service.id === operation.service ? { ...service, operation } : service,
    );
    report.value = { ...shown, services };
  };

  const open = (): void => {
    stream?.close();
    happen('opening');
    const opened = new EventSource(`${base}/api/v1/events`);
    stream = opened;
    on(opened, 'hello', ({ now }) => hear(now));
    on(opened, 'heartbeat', ({ now }) => hear(now));
    on(opened, 'snapshot', ({ body }) => (hear(), show(body)));
    for (const kind of [
      'transition',
      'override',
      'control',
      'check',
      'service',
      'config',
      'incident',
      'fault',
    ] as const)
      on(opened, kind, () => hear());
    on(opened, 'operation', (operation) => (hear(), foldIn(operation)));
    opened.addEventListener('error', () => {
      happen(opened.readyState === EventSource.CLOSED ? 'refused' : 'broken');
      act();
    });
  };

  /** One question after the other, never two at once. */
  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    askedAtMs = performance.now();
    happen('asking');
    try {
      session.value ??= await api.session();
      show(await api.report());
      happen('answered');
      signedOut.value = false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) {
        signedOut.value = true;
        // Another person may sign in.
        session.value = undefined;
        stream?.close();
      }
      if (report.value === undefined) trouble.value = error.message;
    } finally {
      asking = false;
    }
  };

  const act = (): void => {
    tick.value = performance.now();
    if (signedOut.value) return;
    const due = isDue(connection.value, tick.value);
    if (due.open) open();
    // The stream does not say who looks.
    const nobody = session.value === undefined && tick.value - askedAtMs >= POLL_MS;
    if (due.poll || nobody) void ask();
  };
  /** The tab is seen again, or the network is back, or somebody has signed in beside it. */
  const lookAgain = async (): Promise<void> => {
    if (document.visibilityState === 'hidden') return;
    const wasSignedOut = signedOut.value;
    if (wasSignedOut || freshnessOf(connection.value.heardAtMs, performance.now()) !== 'live') await ask();
    if (wasSignedOut && !signedOut.value) open();
  };

  return {
    report,
    session,
    signedOut,
    trouble,
    way: computed(() => connection.value.way),
    freshness: computed(() => freshnessOf(connection.value.heardAtMs, tick.value)),
    ageMs: computed(() => Math.max(0, tick.value - (connection.value.heardAtMs ?? tick.value))),
    start() {
      act();
      setInterval(act, 1_000);
      addEventListener('online', () => void lookAgain());
      document.addEventListener('visibilitychange', () => void lookAgain());
    },
  };
}

function on<E extends keyof StreamEvents>(
  stream: EventSource,
  event: E,
  listener: (data: StreamEvents[E]) => void,
): void {
  stream.addEventListener(event, (message: MessageEvent<string>) =>
    listener(JSON.parse(message.data) as StreamEvents[E]),
  );
}
