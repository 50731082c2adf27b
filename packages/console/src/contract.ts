/** What crosses the wire between the console's server and its page. JSON, snake_case; instants are ISO 8601 in UTC. */

/** Automatic state of a breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Who changed something: the breaker's own rules, a person, or a health check. */
export type Trigger = 'automatic' | 'operator' | 'health-check' | 'shared';

/** Orders that a breaker takes. */
export const breakerActions = ['trip', 'probe', 'reset'] as const;
export type BreakerAction = (typeof breakerActions)[number];

/** A change of state of a breaker. */
export interface TransitionView {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly trigger: Trigger;
  readonly reason: string;
  readonly at: string;
}

/** The last failure that counted, without anything from the error's message. */
export interface FailureView {
  readonly class: string;
  readonly kind: string;
  readonly rule: string;
  readonly at: string;
}

/** One breaker, as the page shows it. */
export interface BreakerView {
  readonly id: string;
  readonly name: string;
  readonly state: BreakerState;
  readonly since: string;
  /** The same as an age, for who cannot trust the own clock. */
  readonly since_ms: number;
  /** Why it is in this state, in words. */
  readonly reason: string;
  /** When it tests by itself; only while open. */
  readonly next_test_at: string | null;
  readonly next_test_in_ms: number | null;
  readonly last_failure: FailureView | null;
  readonly consecutive_failures: number;
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  readonly neutral: number;
  readonly refused: number;
  readonly openings: number;
  readonly recoveries: number;
  readonly last_recovery_ms: number | null;
  /** Names of the pipelines that list it. */
  readonly used_by: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
  readonly actions: readonly BreakerAction[];
  /** Newest first. */
  readonly transitions: readonly TransitionView[];
}

/** A retry policy, as the page shows it. */
export interface RetryView {
  readonly id: string;
  readonly name: string;
  readonly pipeline: string;
  readonly strategy: string;
  readonly calls: number;
  readonly attempts: number;
  readonly retries: number;
  readonly succeeded_after_retry: number;
  readonly average_delay_ms: number | null;
  /** Reason to count. */
  readonly gave_up: Readonly<Record<string, number>>;
  /** Error class to count. */
  readonly errors: Readonly<Record<string, number>>;
}

/** A database, pool or worker. */
export interface ServiceView {
  readonly id: string;
  readonly name: string;
  /** `up`, `down`, `starting`, `restarting`, `stopped`, or a word of the service's own. */
  readonly state: string;
  readonly since: string;
  readonly since_ms: number;
  readonly reason: string;
  /** Further facts in the service's own words, such as `pid` or `restarts`. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly actions: readonly string[];
  /** The action that runs now, or ran last. */
  readonly operation: OperationView | null;
}

/** An action on a service, from order to outcome. */
export interface OperationView {
  readonly id: string;
  readonly service: string;
  readonly action: string;
  readonly state: 'requested' | 'running' | 'succeeded' | 'failed';
  readonly requested_at: string;
  readonly ended_at: string | null;
  readonly actor: string;
  readonly reason: string;
  /** What came of it, in a sentence. */
  readonly message: string | null;
}

/** Something that happened, for the list of changes. */
export interface ChangeView {
  /** Event id, `<epoch>-<number>`. */
  readonly id: string;
  readonly at: string;
  /** Also the name of its event on the stream. */
  readonly kind: 'transition' | 'control' | 'operation' | 'check' | 'service';
  /** Id of the breaker or service. */
  readonly target: string;
  readonly target_name: string;
  /** In a few words: `closed to open`, `trip`, `restart succeeded`. */
  readonly what: string;
  readonly why: string;
  /** Name of the person, for orders. */
  readonly actor: string | null;
  readonly trigger: Trigger | null;
}

/** Everything that the page shows; a snapshot. */
export interface ReportView {
  readonly version: number;
  readonly now: string;
  readonly environment: string;
  /** One sentence, made by rule. */
  readonly verdict: { readonly tone: 'good' | 'warning' | 'bad'; readonly text: string };
  /** Those that block calls first. */
  readonly breakers: readonly BreakerView[];
  readonly services: readonly ServiceView[];
  readonly retries: readonly RetryView[];
  /** Newest first, at most 100. */
  readonly changes: readonly ChangeView[];
}

/** Who looks, and what he may do. */
export interface SessionView {
  readonly id: string;
  readonly name: string;
  readonly permission: 'view' | 'operate';
}

/** Names and payloads of the stream's events. Those that tell of a change have its id; `heartbeat` has none. */
export interface StreamEvents {
  readonly hello: {
    readonly epoch: string;
    readonly now: string;
    readonly heartbeat_ms: number;
    readonly resumed: boolean;
  };
  readonly snapshot: ReportView;
  readonly transition: ChangeView;
  /** An order was carried out. */
  readonly control: ChangeView;
  /** A health check found something new. */
  readonly check: ChangeView;
  /** A service changed its state. */
  readonly service: ChangeView;
  /** Each step of an operation. */
  readonly operation: OperationView;
  readonly resync: { readonly reason: string };
  readonly heartbeat: { readonly now: string };
  /** Why the server ends the stream: `renew` (come back, with the session that you have then), `slow`, `shutting down`. */
  readonly bye: { readonly reason: string };
}

/** An error, `application/problem+json`. */
export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path that was asked for. */
  readonly instance: string;
  readonly code: string;
  /** The id under which the application's log tells of this request, when it has given one. */
  readonly correlation_id?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
}
