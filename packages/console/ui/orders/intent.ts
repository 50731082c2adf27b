import type { OverviewView } from '../../src/contract.ts';
import type { Tone } from '@dualbrake/kit';
import type { Method } from '../live/api.ts';

/** What the order is sent as. */
export interface Request {
  readonly method: Method;
  /** Below `api/v1/` */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ifMatch?: string | undefined;
}

/** What was said in the dialog. */
export interface Said {
  readonly reason: string;
  /** Until when it holds, ISO 8601; only for orders that end. */
  readonly endsAt: string | undefined;
}

/** The server has taken the order. */
export interface Receipt {
  /** The instant of the report that was shown when the order was given, on the server's clock. */
  readonly before: string;
  readonly answer: unknown;
}

/** How far an order has come: what can be seen of it, never what is hoped. */
export interface Progress {
  readonly tone: Extract<Tone, 'info' | 'success' | 'warning' | 'danger'>;
  /** `Done`, `Running`, `It failed` */
  readonly title: string;
  readonly text: string;
  /** How many processes have said that they took it, out of how many; nothing while none has answered. */
  readonly acknowledged?: { readonly by: number; readonly of: number; readonly failed: number };
  /** The server is still at work on it, however long that takes. */
  readonly running?: boolean;
  /** What was done on the way, oldest first. */
  readonly steps?: readonly { readonly at: string; readonly text: string }[];
}

/** What is to be done to what: everything that the dialog says, and how it is seen that it came true. */
export interface Intent {
  /** Tells dialogs apart. */
  readonly id: string;
  /** `Isolate Database?` */
  readonly question: string;
  /** The button: verb and object. */
  readonly verb: string;
  /** Users notice it. */
  readonly danger?: boolean;
  /** The name that must be typed, for what takes protection away. */
  readonly typed?: string | undefined;
  /** What it is done to, and how many of them. */
  readonly extent: string;
  readonly consequence: string;
  /** How it ends, or is undone. */
  readonly wayBack: string;
  /** Heading of `now`. Default: `Current state`. */
  readonly nowLabel?: string;
  /** What it would have done in the past, by the server's estimate. */
  readonly estimates?: readonly string[];
  /** How things stand now, in a sentence; in a list when there are several. */
  readonly now: string | readonly string[];
  /** Why it may be a bad idea just now. */
  readonly warning?: string | undefined;
  /** For orders that hold for a while: what can be chosen, in minutes, the usual one first. */
  readonly minutes?: readonly [number, ...number[]];
  /** The reason as it stands there at first, such as `INC-4: `. */
  readonly reason: string;
  /** What a reason is for, when it is another one than usual. */
  readonly reasonLabel?: string;
  /** Why there is nothing left to order: somebody else was faster, or it has ended by itself. */
  readonly obsolete?: string | undefined;
  /** The same order for what a newer report shows. Used until it is sent; left out where the order names what was seen. */
  renew?(report: OverviewView | undefined): Intent;
  request(said: Said): Request;
  progress(report: OverviewView | undefined, receipt: Receipt): Progress;
  /** Where to ask how it goes, as long as it goes on. */
  follow?(answer: unknown): string | undefined;
  /** What ends it before its end. */
  stop?(answer: unknown): Request | undefined;
  /** The order that takes it back. */
  undo?(report: OverviewView | undefined): Intent | undefined;
  /** Called when it is taken, so that what shows it asks again. */
  taken?(answer: unknown): void;
}
