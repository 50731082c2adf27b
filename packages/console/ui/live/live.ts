import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { OperationView, OverviewView, SessionView, StreamEvents } from '../../src/contract.ts';
import { ApiError, type Api } from './api.ts';
import { after, isDue, newConnection, POLL_MS, type Connection, type Happening } from './connection.ts';
import { PROBE_GAP_MS } from '@dualbrake/kit/poller';
import { sharing } from './sharing.ts';
import { freshnessOf, type Freshness } from './freshness.ts';
import { serverOffsetMs } from './server-clock.ts';
import { sharedSource, type Message } from './source.ts';

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
  /** Counts what the stream has told of changes: who shows more than the report asks again when it moves. */
  readonly changes: ReadonlySignal<number>;
  /** Asks for the report now. @returns whether it came */
  ask(): Promise<boolean>;
  start(): void;
}

const changeEvents = new Set<keyof StreamEvents>([
  'transition',
  'override',
  'control',
  'check',
  'service',
  'config',
  'incident',
  'fault',
  'operation',
]);

function setClock(serverNow: string): void {
  serverOffsetMs.value = Date.parse(serverNow) - Date.now();
}

/** Follows the console's stream, and asks where there is none. Snapshots are the truth; operations are folded in. */
export function createLive(base: string, api: Api): Live {
  const report = signal<OverviewView | undefined>(undefined);
  const session = signal<SessionView | undefined>(undefined);
  const signedOut = signal(false);
  const trouble = signal<string | undefined>(undefined);
  const changes = signal(0);
  const connection = signal(newConnection(performance.now()));
  const tick = signal(performance.now());
  let asking: Promise<boolean> | undefined;
  let askedAtMs = -Infinity;

  const happen = (happening: Happening): void => {
    tick.value = performance.now();
    connection.value = after(connection.value, happening, tick.value);
  };
  const show = (next: OverviewView): void => {
    const shown = report.value;
    // An answer that was long on its way must not undo what the stream has shown since.
    if (shown === undefined || next.now >= shown.now || next.version < shown.version)
      report.value = sharing(shown, next);
    setClock(next.now);
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

  const source = sharedSource(`${base}/api/v1/events`, {
    heard({ event, data }: Message) {
      happen('heard');
      if (event === 'hello' || event === 'heartbeat') setClock((JSON.parse(data) as StreamEvents['heartbeat']).now);
      else if (event === 'snapshot') show((JSON.parse(data) as StreamEvents['snapshot']).body);
      else if (event === 'operation') foldIn(JSON.parse(data) as OperationView);
      if (changeEvents.has(event)) changes.value += 1;
    },
    failed(refused) {
      happen(refused ? 'refused' : 'broken');
      act();
    },
  });

  const open = (): void => {
    happen('opening');
    source.open();
  };

  const askOnce = async (): Promise<boolean> => {
    askedAtMs = performance.now();
    happen('asking');
    try {
      // Both at once: the verdict must not wait for who looks.
      const [who, overview] = await Promise.all([
        session.value ?? api.get<SessionView>('session'),
        api.get<OverviewView>('overview'),
      ]);
      session.value = who;
      show(overview);
      happen('answered');
      signedOut.value = false;
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) {
        signedOut.value = true;
        // Another person may sign in.
        session.value = undefined;
        source.close();
      }
      if (report.value === undefined) trouble.value = error.message;
      happen('unanswered');
      return false;
    } finally {
      asking = undefined;
    }
  };
  /** One question after the other, never two at once. */
  const ask = (): Promise<boolean> => (asking ??= askOnce());

  const act = (): void => {
    tick.value = performance.now();
    if (signedOut.value) return;
    const due = isDue(connection.value, tick.value);
    // Also in a hidden tab: the others of this browser may live on its stream.
    if (due.open) open();
    // A page that nobody can see polls nothing; see `lookAgain`.
    if (document.visibilityState === 'hidden') return;
    // The stream does not say who looks.
    const nobody =
      session.value === undefined && connection.value.unanswered === 0 && tick.value - askedAtMs >= POLL_MS;
    if (due.poll || nobody) void ask();
  };
  /** The tab is seen again, or the network is back, or somebody has signed in beside it. */
  const lookAgain = async (): Promise<void> => {
    if (document.visibilityState === 'hidden') return;
    const wasSignedOut = signedOut.value;
    // A network that comes and goes must not become a stream of requests.
    if (!wasSignedOut && performance.now() - askedAtMs < PROBE_GAP_MS) return;
    if (wasSignedOut || freshnessOf(connection.value.heardAtMs, performance.now()) !== 'live') await ask();
    if (wasSignedOut && !signedOut.value) open();
  };

  return {
    report,
    session,
    signedOut,
    trouble,
    changes,
    ask,
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
