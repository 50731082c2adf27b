import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { OperationView, ReportView, SessionView, StreamEvents } from '../src/contract.ts';
import { ApiError, type Api } from './api.ts';
import { freshnessOf, type Freshness } from './freshness.ts';

/** What the page shows, and how old it is. */
export interface Live {
  readonly report: ReadonlySignal<ReportView | undefined>;
  readonly session: ReadonlySignal<SessionView | undefined>;
  readonly freshness: ReadonlySignal<Freshness>;
  /** Milliseconds since the server was last heard. */
  readonly ageMs: ReadonlySignal<number>;
  /** The session has ended: nothing more comes until somebody signs in. */
  readonly signedOut: ReadonlySignal<boolean>;
  /** The server's clock minus this machine's, so that ages are right on a machine whose clock is not. */
  readonly serverNowMs: ReadonlySignal<number>;
  start(): void;
}

/** While the stream cannot be opened, the report is asked for this often. */
const POLL_MS = 5_000;
/** The browser opens a stream again by itself; one that stays silent for so long is opened anew. */
const SILENT_MS = 30_000;

/** Follows the console's stream. Snapshots are the truth; what comes between them is folded in. */
export function createLive(base: string, api: Api): Live {
  const report = signal<ReportView | undefined>(undefined);
  const session = signal<SessionView | undefined>(undefined);
  const signedOut = signal(false);
  const lastSign = signal<number | undefined>(undefined);
  const tick = signal(performance.now());
  const serverOffsetMs = signal(0);
  let stream: EventSource | undefined;
  let openedAt = 0;
  let polling = false;

  const heard = (serverNow?: string): void => {
    lastSign.value = performance.now();
    tick.value = performance.now();
    if (serverNow !== undefined) serverOffsetMs.value = Date.parse(serverNow) - Date.now();
  };
  const show = (next: ReportView): void => {
    report.value = next;
    heard(next.now);
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
    openedAt = performance.now();
    stream = new EventSource(`${base}/api/v1/events`);
    on(stream, 'hello', ({ now }) => heard(now));
    on(stream, 'heartbeat', ({ now }) => heard(now));
    on(stream, 'snapshot', show);
    on(stream, 'change', () => heard());
    on(stream, 'operation', (operation) => (heard(), foldIn(operation)));
    stream.addEventListener('error', () => void poll());
  };

  /** One question after the other, never two at once. */
  const poll = async (): Promise<void> => {
    if (polling) return;
    polling = true;
    try {
      session.value = await api.session();
      show(await api.report());
      signedOut.value = false;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        signedOut.value = true;
        stream?.close();
      }
    } finally {
      polling = false;
    }
  };

  const watch = (): void => {
    tick.value = performance.now();
    if (signedOut.value) return;
    const silentMs = tick.value - (lastSign.value ?? 0);
    if (silentMs >= POLL_MS && stream?.readyState !== EventSource.OPEN) void poll();
    if (silentMs >= SILENT_MS && tick.value - openedAt >= SILENT_MS) open();
  };

  return {
    report,
    session,
    signedOut,
    freshness: computed(() => freshnessOf(lastSign.value, tick.value)),
    ageMs: computed(() => (lastSign.value === undefined ? 0 : tick.value - lastSign.value)),
    serverNowMs: computed(() => (void tick.value, Date.now() + serverOffsetMs.value)),
    start() {
      void poll();
      open();
      setInterval(watch, 1_000);
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
