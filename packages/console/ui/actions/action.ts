import { signal } from '@preact/signals';
import type { Tone } from '@dualbrake/kit';
import type { OverviewView } from '../../src/contract.ts';
import type { Method } from '../live/api.ts';

export interface ActionRequest {
  readonly method: Method;
  /** Below `api/v1/` */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ifMatch?: string;
}

/** The values entered in the dialog. */
export interface ActionInput {
  readonly reason: string;
  /** ISO 8601; only for actions with a duration. */
  readonly endsAt: string | undefined;
}

/** The server's acceptance of an action. */
export interface Receipt {
  /** Time of the report that was shown when the action was sent, on the server's clock. */
  readonly before: string;
  readonly answer: unknown;
}

/** How far an accepted action has come, according to reports from the server only. */
export interface Progress {
  readonly tone: Exclude<Tone, 'neutral'>;
  /** `Done`, `Running`, `Failed` */
  readonly title: string;
  readonly text: string;
  /** Processes that have confirmed the action. Default: 1 of 1. */
  readonly acknowledged?: { readonly by: number; readonly of: number; readonly failed: number };
  /** The server is still working on it, so it never becomes overdue. */
  readonly running?: boolean;
  /** Oldest first. */
  readonly steps?: readonly { readonly at: string; readonly text: string }[];
}

/** A command of the operator: everything the dialog shows, the request, and how its effect is recognized. */
export interface Action {
  /** Distinguishes dialogs. */
  readonly id: string;
  /** Text of the button: verb and object. */
  readonly confirmLabel: string;
  /** Default: the label as a question. */
  readonly title?: string;
  /** Users notice the effect. */
  readonly danger?: boolean;
  /** The name that must be typed before protection is switched off. */
  readonly confirmName?: string | undefined;
  readonly scope: string;
  readonly consequence: string;
  /** How the action ends or is undone. */
  readonly undoText: string;
  /** Default: `Current state`. */
  readonly currentLabel?: string;
  /** A sentence, or one line per target. */
  readonly current: string | readonly string[];
  /** The server's estimates of the effect that new settings would have had. */
  readonly estimates?: readonly string[];
  readonly warning?: string | undefined;
  /** Durations in minutes to choose from, the default first; only for actions that end automatically. */
  readonly minutes?: readonly [number, ...number[]];
  /** Initial text of the reason, such as `INC-4: `. */
  readonly reason?: string;
  /** Default: `Reason`. */
  readonly reasonLabel?: string;
  /** Why there is nothing left to do, for example because another operator was faster. */
  readonly obsolete?: string | undefined;
  /** The same action for a newer report. Used until it is sent; omitted when the action names exactly what was seen. */
  renew?(report: OverviewView | undefined): Action;
  request(input: ActionInput): ActionRequest;
  progress(report: OverviewView | undefined, receipt: Receipt): Progress;
  /** Path to poll for progress while the action runs. */
  progressPath?(answer: unknown): string | undefined;
  /** The request that stops a running action. */
  stopRequest?(answer: unknown): ActionRequest | undefined;
  /** The action that reverts this one. */
  undo?(report: OverviewView | undefined): Action | undefined;
  /** Called on acceptance, so that the page reloads what it shows. */
  onAccepted?(answer: unknown): void;
}

/** The action whose dialog is open. */
export const currentAction = signal<Action | undefined>(undefined);

/** Opens the dialog; nothing is sent before the operator confirms. */
export function openAction(action: Action): void {
  currentAction.value = action;
}

export function done(text: string): Progress {
  return { tone: 'success', title: 'Done', text };
}

export function accepted(text = 'Waiting for the next report…'): Progress {
  return { tone: 'info', title: 'Accepted', text };
}

/** The report if it is newer than the action; an older one doesn't show its effect. */
export function newerThan({ before }: Receipt, report: OverviewView | undefined): OverviewView | undefined {
  return report !== undefined && report.now > before ? report : undefined;
}

/** `INC-4: ` when one of the breakers belongs to an open incident. */
export function incidentPrefix(report: OverviewView | undefined, breakers: readonly string[]): string {
  const incident = report?.incidents.find(({ members }) => members.some(({ breaker }) => breakers.includes(breaker)));
  return incident === undefined ? '' : `INC-${incident.number}: `;
}
