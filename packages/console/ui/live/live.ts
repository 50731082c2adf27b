import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { PROBE_GAP_MS } from '@dualbrake/kit/poller';
import type { OperationView, OverviewView, SessionView, StreamEvents } from '../../src/contract.ts';
import { ApiError, type Api } from './api.ts';
import { after, isDue, newConnection, POLL_MS, type Connection, type ConnectionEvent } from './connection.ts';
import { freshnessOf, type Freshness } from './freshness.ts';
import { serverOffsetMs } from './server-clock.ts';
import { isChange, sharedSource, type Message } from './source.ts';

/** The state of the application as last reported, and how old it is. */
export interface Live {
  readonly report: ReadonlySignal<OverviewView | undefined>;
  readonly session: ReadonlySignal<SessionView | undefined>;
  readonly mode: ReadonlySignal<Connection['mode']>;
  readonly freshness: ReadonlySignal<Freshness>;
  /** Milliseconds since the server last sent something. */
  readonly ageMs: ReadonlySignal<number>;
  /** The session has ended: nothing more arrives until someone signs in. */
  readonly signedOut: ReadonlySignal<boolean>;
  /** Why there is no report yet, in the server's words. */
  readonly problem: ReadonlySignal<string | undefined>;
  /** Counts change events of the stream: resources reload when it moves. */
  readonly changes: ReadonlySignal<number>;
  /** Fetches the report now. @returns whether that succeeded */
  poll(): Promise<boolean>;
  start(): void;
}

function setClock(serverNow: string): void {
  serverOffsetMs.value = Date.parse(serverNow) - Date.now();
}

/** Follows the console's stream, and polls while it is silent. Snapshots replace the report; operations are merged in. */
export function createLive(base: string, api: Api): Live {
  const report = signal<OverviewView | undefined>(undefined);
  const session = signal<SessionView | undefined>(undefined);
  const signedOut = signal(false);
  const problem = signal<string | undefined>(undefined);
  const changes = signal(0);
  const connection = signal(newConnection(performance.now()));
  const now = signal(performance.now());
  let polling: Promise<boolean> | undefined;
  let polledAtMs = -Infinity;

  const record = (event: ConnectionEvent): void => {
    now.value = performance.now();
    connection.value = after(connection.value, event, now.value);
  };
  const show = (next: OverviewView): void => {
    const shown = report.value;
    // A slow response must not undo what the stream has shown since.
    if (shown === undefined || next.now >= shown.now || next.version < shown.version) report.value = next;
    setClock(next.now);
    problem.value = undefined;
  };
  const merge = (operation: OperationView): void => {
    const shown = report.value;
    if (shown === undefined) return;
    const services = shown.services.map((service) =>
      service.id === operation.service ? { ...service, operation } : service,
    );
    report.value = { ...shown, services };
  };

  const source = sharedSource(`${base}/api/v1/events`, {
    receive({ event, data }: Message) {
      record('received');
      if (event === 'hello' || event === 'heartbeat') setClock((JSON.parse(data) as StreamEvents['heartbeat']).now);
      else if (event === 'snapshot') show((JSON.parse(data) as StreamEvents['snapshot']).body);
      else if (event === 'operation') merge(JSON.parse(data) as OperationView);
      if (isChange(event)) changes.value += 1;
    },
    fail(refused) {
      record(refused ? 'refused' : 'interrupted');
      tick();
    },
  });

  const open = (): void => {
    record('opening');
    source.open();
  };

  const pollOnce = async (): Promise<boolean> => {
    polledAtMs = performance.now();
    record('polling');
    try {
      // In parallel: the verdict must not wait for the session.
      const [user, overview] = await Promise.all([
        session.value ?? api.get<SessionView>('session'),
        api.get<OverviewView>('overview'),
      ]);
      session.value = user;
      show(overview);
      record('poll-succeeded');
      signedOut.value = false;
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) {
        signedOut.value = true;
        // Another user may sign in.
        session.value = undefined;
        source.close();
      }
      if (report.value === undefined) problem.value = error.message;
      record('poll-failed');
      return false;
    } finally {
      polling = undefined;
    }
  };
  const poll = (): Promise<boolean> => (polling ??= pollOnce());

  const tick = (): void => {
    now.value = performance.now();
    if (signedOut.value) return;
    const due = isDue(connection.value, now.value);
    // In a hidden tab, too: other tabs may depend on its stream.
    if (due.open) open();
    // A hidden page doesn't poll; see `catchUp`.
    if (document.visibilityState === 'hidden') return;
    // The stream doesn't deliver the session.
    const needsSession =
      session.value === undefined && connection.value.failedPolls === 0 && now.value - polledAtMs >= POLL_MS;
    if (due.poll || needsSession) void poll();
  };
  /** The tab is visible again, the network is back, or someone has signed in in another tab. */
  const catchUp = async (): Promise<void> => {
    if (document.visibilityState === 'hidden') return;
    const wasSignedOut = signedOut.value;
    // An unstable network must not cause a burst of requests.
    if (!wasSignedOut && performance.now() - polledAtMs < PROBE_GAP_MS) return;
    if (wasSignedOut || freshnessOf(connection.value.receivedAtMs, performance.now()) !== 'live') await poll();
    if (wasSignedOut && !signedOut.value) open();
  };

  return {
    report,
    session,
    signedOut,
    problem,
    changes,
    poll,
    mode: computed(() => connection.value.mode),
    freshness: computed(() => freshnessOf(connection.value.receivedAtMs, now.value)),
    ageMs: computed(() => Math.max(0, now.value - (connection.value.receivedAtMs ?? now.value))),
    start() {
      tick();
      setInterval(tick, 1_000);
      addEventListener('online', () => void catchUp());
      document.addEventListener('visibilitychange', () => void catchUp());
    },
  };
}
