import type { LogLine } from './logs.ts';
import type { ChangeView, OverviewView } from './overview.ts';
import type { OperationView } from './services.ts';

/** Changes, by kind. Each has its change's ID. */
type ChangeEvents = Readonly<Record<Exclude<ChangeView['kind'], 'operation'>, ChangeView>>;

/** Names and payloads of the stream's events. */
export interface StreamEvents extends ChangeEvents {
  readonly hello: {
    readonly epoch: string;
    readonly now: string;
    readonly heartbeat_ms: number;
    readonly resumed: boolean;
  };
  readonly snapshot: { readonly topic: 'overview'; readonly version: number; readonly body: OverviewView };
  /** Each step of an operation. */
  readonly operation: OperationView;
  /** Only for clients that asked for the topic `logs`. */
  readonly log: { readonly lines: readonly LogLine[]; readonly dropped: number };
  readonly resync: { readonly reason: string };
  /** The client reads slowly: snapshots are skipped. */
  readonly lagged: { readonly buffered_bytes: number };
  readonly heartbeat: { readonly now: string };
  /**
   * Why the server ends the stream: `renew` (reconnect with your current session), `session` (it has ended or its
   * permissions have changed), `slow`, `shutting down`.
   */
  readonly bye: { readonly reason: string };
}
