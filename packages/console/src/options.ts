import type { Clock, Registry } from 'dualbrake';

/** Who looks at the console. */
export interface ConsoleUser {
  readonly id: string;
  readonly name: string;
  /** `operate` may give orders, `view` may look. */
  readonly permission: 'view' | 'operate';
}

/** What happened at the console, for the log: every order and every refusal to take one. */
export interface ConsoleLogEntry {
  readonly event:
    | 'console.action'
    | 'console.denied'
    /** How an action on a service, told before as `console.action`, has ended. */
    | 'console.operation.succeeded'
    | 'console.operation.failed';
  readonly message: string;
  /** Id of the person, never the name; nothing when nobody was signed in. */
  readonly actor: string | undefined;
  readonly target: string;
  readonly action: string;
  readonly reason: string | undefined;
  /** State of the target before, */
  readonly from?: string;
  /** and after; not there while the action still runs. */
  readonly to?: string;
}

/** Something beside breakers that can be steered, with actions that take time. */
export interface ConsoleService {
  /** Unique; part of the address. */
  readonly id: string;
  readonly name: string;
  /** State, `sinceMs`, `reason`, and further facts of its own. */
  report(): Readonly<Record<string, string | number | boolean | undefined>>;
  readonly actions: Readonly<Record<string, ServiceAction>>;
  /** Calls the listener when the report has changed, so that the page hears of it at once. @returns ends it */
  subscribe?(listener: () => void): () => void;
}

/** An action has failed, for a reason that everybody who sees the console may read. */
export class ActionFailedError extends Error {
  override readonly name = 'ActionFailedError';
  readonly code = 'ACTION_FAILED';
}

/** An action on a service. */
export interface ServiceAction {
  /**
   * Resolves when it is done, with a sentence about the outcome if there is something to say.
   *
   * @param signal aborts when the time is over or the console is closed
   * @param actor name of the person who has ordered it
   * @throws ActionFailedError with a sentence for the page; of any other error the page shows nothing
   */
  run(signal: AbortSignal, reason: string, actor: string): Promise<string | void>;
  /** Milliseconds after which it counts as failed. */
  readonly timeLimitMs: number;
  /** Milliseconds after its end in which it is not taken again. */
  readonly coolDownMs: number;
}

/** What the console is built from. */
export interface ConsoleOptions {
  readonly registry: Registry;
  readonly services?: readonly ConsoleService[];
  /** Says who asks; nothing means nobody. */
  authenticate(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined>;
  /** Where it is mounted, without a slash at the end. Default `/admin`. */
  readonly basePath?: string;
  /** Shown on the page, such as `demo`. Default empty. */
  readonly environment?: string;
  /** Where people without a session are sent. Default `/sign-in`. */
  readonly signInPath?: string;
  /** Folder of the built page. Default: the package's own. */
  readonly pageDirectory?: string;
  readonly log?: (entry: ConsoleLogEntry) => void;
  /** Hears what went wrong inside the console itself. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly wallClock?: () => number;
  /** Default: the registry's. */
  readonly clock?: Clock;
}
