import type { TransitionTrigger } from './events.ts';
import type { Settings } from './settings.ts';

/** What a report may hold: numbers and words, and lists of them, so that it can be sent as it is. */
export type ReportValue =
  string | number | boolean | undefined | readonly ReportValue[] | { readonly [name: string]: ReportValue };

/** Something that a registry lets people watch and steer. */
export interface Steerable {
  readonly name: string;
  /** `circuit-breaker`, `retry`, `timeout`, `fallback`, `service`, or a word of yours. */
  readonly kind?: string;
  readonly settings?: Settings;
  /** What it knows of itself. Must not change anything. */
  report?(now: number): Readonly<Record<string, ReportValue>>;
  /** Orders that a person may give, by name. */
  readonly controls?: Readonly<Record<string, Control>>;
}

/** Carries out an order. Returns what changed, or nothing when there was nothing to change. */
export type Control = (order: Order) => Change | undefined;

/** Who orders, and what goes with it. */
export interface Order {
  /** Clock reading. */
  readonly now: number;
  readonly trigger: TransitionTrigger;
  readonly reason?: string;
  readonly actor?: string;
  /** How long the order holds, in milliseconds, for orders that hold. */
  readonly forMs?: number;
}

/** What an order changed, in words. */
export interface Change {
  readonly what: string;
  readonly from: string;
  readonly to: string;
}
