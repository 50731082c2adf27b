import type { LogLine } from './logs.ts';
import type { ChangeView, OverviewView } from './overview.ts';
import type { OperationView } from './services.ts';

/** Names and payloads of the stream's events. Those about a change have its ID; `heartbeat` has none. */
export interface StreamEvents {
  readonly hello: {
    readonly epoch: string;
    readonly now: string;
    readonly heartbeat_ms: number;
    readonly resumed: boolean;
  };
  readonly snapshot: { readonly topic: 'overview'; readonly version: number; readonly body: OverviewView };
  readonly transition: ChangeView;
  /** An override begins or ends. */
  readonly override: ChangeView;
  /** An action was carried out. */
  readonly control: ChangeView;
  /** A health check has a new result. */
  readonly check: ChangeView;
  /** A service changed its state. */
  readonly service: ChangeView;
  /** Settings were changed. */
  readonly config: ChangeView;
  /** An incident was opened, joined, acknowledged or resolved. */
  readonly incident: ChangeView;
  /** A drill began or ended. */
  readonly fault: ChangeView;
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
