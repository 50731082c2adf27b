import type { TransitionTrigger } from './events.ts';
import type { Settings } from './settings.ts';

/**
 * A value in a report: plain data that can be sent as JSON.
 *
 * @example
 * ```ts
 * const value: ReportValue = { state: 'open', openings: 3, reasons: ['timeout', 'connect'] };
 * ```
 */
export type ReportValue =
  string | number | boolean | undefined | readonly ReportValue[] | { readonly [name: string]: ReportValue };

/**
 * A member of a registry that operators can observe and control.
 *
 * @example
 * ```ts
 * const mail: Steerable = {
 *   name: 'mail',
 *   kind: 'service',
 *   report: () => ({ state: 'healthy' }),
 *   controls: { reconnect: () => ({ what: 'connection', from: 'lost', to: 'connecting' }) },
 * };
 * new Registry().add('mail', [mail]);
 * ```
 */
export interface Steerable {
  readonly name: string;
  /** `circuit-breaker`, `retry`, `timeout`, `fallback`, `service`, or a word of your own. */
  readonly kind?: string;
  readonly settings?: Settings;
  /** Its current state and counts. Must not change anything. @param now clock reading in milliseconds */
  report?(now: number): Readonly<Record<string, ReportValue>>;
  /** Actions that an operator can take, by name. */
  readonly controls?: Readonly<Record<string, Control>>;
}

/**
 * Carries out an operator's action. Returns what changed, or `undefined` if nothing did.
 *
 * @example
 * ```ts
 * const reconnect: Control = ({ reason }) => {
 *   log.info(`reconnecting: ${reason}`);
 *   return { what: 'connection', from: 'lost', to: 'connecting' };
 * };
 * ```
 */
export type Control = (order: Order) => Change | undefined;

/**
 * An operator's action: who takes it, when, and why.
 *
 * @example
 * ```ts
 * const order: Order = { now: 0, trigger: 'operator', actor: 'ana', reason: 'maintenance', forMs: 600_000 };
 * circuitBreaker().controls['isolate']?.(order);
 * ```
 */
export interface Order {
  /** Clock reading in milliseconds. */
  readonly now: number;
  readonly trigger: TransitionTrigger;
  readonly reason?: string;
  readonly actor?: string;
  /** How long the effect lasts, in milliseconds, for actions that end by themselves. */
  readonly forMs?: number;
}

/**
 * What an operator's action changed.
 *
 * @example
 * ```ts
 * const change: Change = { what: 'state', from: 'open', to: 'closed' };
 * ```
 */
export interface Change {
  readonly what: string;
  readonly from: string;
  readonly to: string;
}
