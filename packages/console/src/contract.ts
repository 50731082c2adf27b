/** What crosses the wire between the console's server and its page: types alone. The schemas are in `contract/`. */
import type { z } from 'zod';
import type * as audit from './contract/audit.ts';
import type * as breakers from './contract/breakers.ts';
import type * as common from './contract/common.ts';
import type * as config from './contract/config.ts';
import type * as faults from './contract/faults.ts';
import type * as incidents from './contract/incidents.ts';
import type * as logs from './contract/logs.ts';
import type * as overview from './contract/overview.ts';
import type * as problem from './contract/problem.ts';
import type * as retries from './contract/retries.ts';
import type * as services from './contract/services.ts';

export type BreakerState = z.infer<typeof breakers.breakerState>;
export type Trigger = z.infer<typeof breakers.trigger>;
export type BreakerAction = (typeof breakers.breakerActions)[number];
export type OverrideMode = z.infer<typeof breakers.overrideMode>;
export type OverrideView = z.infer<typeof breakers.overrideView>;
export type TransitionView = z.infer<typeof breakers.transitionView>;
export type FailureView = z.infer<typeof breakers.failureView>;
export type RecoveryFigures = z.infer<typeof breakers.recoveryFigures>;
export type BreakerView = z.infer<typeof breakers.breakerView>;
export type BreakerList = z.infer<typeof breakers.breakerList>;
export type HistoryView = z.infer<typeof breakers.historyView>;
export type ActivityView = z.infer<typeof breakers.activityView>;
export type HistoryPoint = z.infer<typeof breakers.historyPoint>;
export type ErrorView = z.infer<typeof common.errorView>;
export type RetryView = z.infer<typeof retries.retryView>;
export type RetryDetail = z.infer<typeof retries.retryDetail>;
export type FunnelView = z.infer<typeof retries.funnelView>;
export type ErrorList = z.infer<typeof retries.errorList>;
export type OperationView = z.infer<typeof services.operationView>;
export type ServiceView = z.infer<typeof services.serviceView>;
export type BulkView = z.infer<typeof services.bulkView>;
export type ConfigView = z.infer<typeof config.configView>;
export type RevisionView = z.infer<typeof config.revisionView>;
export type SettingChange = z.infer<typeof config.settingChange>;
export type SettingsPatch = z.infer<typeof config.settingsPatch>;
export type SettingProblem = z.infer<typeof config.settingProblem>;
export type PreviewView = z.infer<typeof config.previewView>;
export type ValidationView = z.infer<typeof config.validationView>;
export type ThreeWay = z.infer<typeof config.threeWay>;
export type IncidentView = z.infer<typeof incidents.incidentView>;
export type IncidentDetail = z.infer<typeof incidents.incidentDetail>;
export type IncidentCause = z.infer<typeof incidents.incidentCause>;
export type TimelineFold = z.infer<typeof incidents.timelineFold>;
export type TimelineEntry = z.infer<typeof incidents.timelineEntry>;
export type LogLine = z.infer<typeof logs.logLine>;
export type LogLevel = z.infer<typeof logs.logLevel>;
export type LogPage = z.infer<typeof logs.logPage>;
export type AuditRecord = z.infer<typeof audit.auditRecord>;
export type AuditPageView = z.infer<typeof audit.auditPage>;
export type AuditVerification = z.infer<typeof audit.auditVerification>;
export type FaultView = z.infer<typeof faults.faultView>;
export type FaultList = z.infer<typeof faults.faultList>;
export type StopCondition = z.infer<typeof faults.stopCondition>;
export type ChangeView = z.infer<typeof overview.changeView>;
export type AttentionView = z.infer<typeof overview.attentionView>;
export type StoreView = z.infer<typeof overview.storeView>;
export type InstanceView = z.infer<typeof overview.instanceView>;
export type OverviewView = z.infer<typeof overview.overviewView>;
export type SessionView = z.infer<typeof overview.sessionView>;
export type ProblemView = z.infer<typeof problem.problemView>;

/** Names and payloads of the stream's events. Those that tell of a change have its id; `heartbeat` has none. */
export interface StreamEvents {
  readonly hello: {
    readonly epoch: string;
    readonly now: string;
    readonly heartbeat_ms: number;
    readonly resumed: boolean;
  };
  readonly snapshot: { readonly topic: 'overview'; readonly version: number; readonly body: OverviewView };
  readonly transition: ChangeView;
  /** An order that holds for a while begins or ends. */
  readonly override: ChangeView;
  /** An order was carried out. */
  readonly control: ChangeView;
  /** A health check found something new. */
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
  /** Lines of the log, for who asked for the topic `logs`. */
  readonly log: { readonly lines: readonly LogLine[]; readonly dropped: number };
  readonly resync: { readonly reason: string };
  /** The client reads slowly: snapshots are left out. */
  readonly lagged: { readonly buffered_bytes: number };
  readonly heartbeat: { readonly now: string };
  /**
   * Why the server ends the stream: `renew` (come back, with the session that you have then), `session` (it has ended, or
   * allows something else now), `slow`, `shutting down`.
   */
  readonly bye: { readonly reason: string };
}
