import type { Clock, Registry } from 'dualbrake';
import type { LogLimits } from './logs/log-store.ts';
import type { Permission, Role } from './permissions.ts';
import type { RoleNames } from './role-names.ts';
import type { Retention } from './store/store.ts';

/** A user of the console. */
export interface ConsoleUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Besides those of the role. */
  readonly extraPermissions?: readonly Permission[];
  /**
   * `bearer`: a program with a token, whose requests may come from anywhere. `token-session`: signed in with the
   * operator's token; set by the console itself. Default `session`.
   */
  readonly authentication?: 'session' | 'bearer' | 'token-session';
  /** When the session ends, milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/**
 * Sign-in with a token at the console's own page, `{basePath}/sign-in`, for when nobody can sign in to the application.
 * A session lasts an hour at most, and 15 minutes without use.
 */
export interface TokenSignInOptions {
  /**
   * The valid token: at least 32 random characters, or undefined if there is none. Called for each request of such a
   * session, so that a new token ends all sessions of the old one.
   */
  readonly token: () => string | undefined;
  /** The user of these sessions. */
  readonly user: ConsoleUser;
  /** Key of the session cookies. Default: random, so that a restart ends all sessions. */
  readonly key?: string;
  /** Address of the client, to limit attempts. Default: all clients share one limit. */
  readonly addressOf?: (request: Request) => string | undefined;
  /** Where to find the token, as a sentence for the page. */
  readonly hint?: string;
}

/** An action, a refused action or a sign-in, for the application's log. */
export interface ConsoleLogEntry {
  readonly event:
    | 'console.action'
    | 'console.denied'
    /** With the operator's token. */
    | 'console.signed_in'
    | 'console.signed_out'
    /** The end of an action on a service, which began with `console.action`. */
    | 'console.operation.succeeded'
    | 'console.operation.failed';
  readonly message: string;
  /** ID of the user, never the name. Undefined when nobody was signed in. */
  readonly actor: string | undefined;
  readonly target: string;
  readonly action: string;
  readonly reason: string | undefined;
  /** State of the target before. */
  readonly from?: string;
  /** State of the target afterwards. Absent while the action runs. */
  readonly to?: string;
}

/** The input of an action on a service. */
export interface ActionContext {
  /** Aborts at the time limit, and when the console is closed. */
  readonly signal: AbortSignal;
  readonly reason: string;
  /** Name of the user who requested it. */
  readonly actor: string;
  /** Reports a finished step in a few words, such as `closed 10 connections`. */
  readonly step: (text: string) => void;
}

/** A service, such as a database or a worker, with actions that take time. */
export interface ConsoleService {
  /** Unique; part of URLs. */
  readonly id: string;
  readonly name: string;
  /** `state`, `sinceMs`, `reason`, and further facts. */
  report(): Readonly<Record<string, string | number | boolean | undefined>>;
  readonly actions: Readonly<Record<string, ServiceAction>>;
  /** IDs or names of breakers, and IDs of services, that fail when it does. */
  readonly dependants?: readonly string[];
  /** Calls the listener when the report has changed. @returns ends the subscription */
  subscribe?(listener: () => void): () => void;
}

/** An action failed. Its message is shown to all users of the console. */
export class ActionFailedError extends Error {
  override readonly name = 'ActionFailedError';
  readonly code = 'ACTION_FAILED';
}

/** An action on a service. */
export interface ServiceAction {
  /**
   * Resolves when it is done, optionally with a sentence about the outcome.
   *
   * @throws ActionFailedError with a sentence for the page; messages of other errors are not shown
   */
  run(context: ActionContext): Promise<string | void>;
  /** Time in milliseconds after which it has failed. */
  readonly timeLimitMs: number;
  /** Time in milliseconds after its end during which it can't be repeated. */
  readonly coolDownMs: number;
  /** Users notice it. Default false. */
  readonly destructive?: boolean;
}

/** Facts about a breaker that it does not report. */
export interface MemberNotes {
  /** The dependency that it protects, in a few words, without secrets. */
  readonly description?: string;
  /** IDs or names of breakers that it depends on. */
  readonly dependsOn?: readonly string[];
}

/** Whether faults may be injected here. */
export interface DrillOptions {
  /** Default false: nobody can start one. */
  readonly enabled: boolean;
  /** Environments in which drills are refused even if enabled. Default `production`. */
  readonly denyEnvironments?: readonly string[];
}

/** Where the console stores its records. */
export interface StoreOptions extends Retention {
  /** Path of the SQLite file. Default: in memory. */
  readonly path?: string;
  /** Key of the audit log's hash chain, without which it can't be forged. */
  readonly auditKey?: string;
}

/** A source of metrics in a text format, such as a registry of prom-client. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Options of `createConsole`. */
export interface ConsoleOptions {
  readonly registry: Registry;
  readonly services?: readonly ConsoleService[];
  /** Returns the user of a request, or undefined if nobody is signed in. */
  authenticate(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined>;
  /**
   * Authenticates a request that is still being answered, such as an event stream, again. Called every few seconds and
   * by `recheck`; must not count as activity of the user. If it throws, the stream goes on. Default: `authenticate`.
   */
  reauthenticate?(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined>;
  readonly store?: StoreOptions;
  /** By ID or name of a breaker. */
  readonly members?: Readonly<Record<string, MemberNotes>>;
  readonly drills?: DrillOptions;
  readonly logs?: LogLimits;
  /**
   * Whether the console writes the registry's events to its log view. Set it to false if the application's log already
   * contains them. Default true.
   */
  readonly logEvents?: boolean;
  /** Served at `GET {basePath}/metrics`. */
  readonly metrics?: MetricsSource;
  /** Refuses all actions. Default: whether the environment variable `RECOVERY_CONSOLE_READONLY` is `1`. */
  readonly readOnly?: boolean;
  /**
   * Host names that it is served under, without port. Default: `localhost`, `127.0.0.1` and `[::1]`. Use `any` if the
   * application checks the host.
   */
  readonly allowedHosts?: readonly string[] | 'any';
  /** Actions of one user in a minute. Default 120. */
  readonly actionsPerMinute?: number;
  /** Where it is mounted, without a slash at the end. Default `/admin`. */
  readonly basePath?: string;
  /**
   * The application's names of the console's roles, for pages and messages. Messages about missing permissions list only
   * these roles. Default: all roles under the console's own names.
   */
  readonly roleNames?: RoleNames;
  /** Shown on the page, such as `demo`. Default empty. */
  readonly environment?: string;
  /** Name and version of this process. Default: host name and process id, and no version. */
  readonly instance?: { readonly id?: string; readonly version?: string };
  /** The application that the console belongs to, for links. */
  readonly application?: {
    readonly name: string;
    readonly homePath: string;
    /** Path of the user's account page. */
    readonly accountPath?: string;
  };
  /** Where users without a session are redirected. Default `/sign-in`. */
  readonly signInPath?: string;
  /**
   * Whether users can sign in to the application now. If not, they are redirected to the console's own sign-in page, if
   * there is one. Default: always.
   */
  readonly canSignIn?: () => boolean;
  readonly tokenSignIn?: TokenSignInOptions;
  /**
   * Ends the application's session of a request, and returns headers for the response, such as `Set-Cookie`. Without
   * it, the console has no *Sign out*.
   */
  readonly signOut?: (request: Request) => HeadersInit | undefined | Promise<HeadersInit | undefined>;
  /**
   * Name of a user in the audit log whom the console has not seen yet, by ID. Undefined if it is unknown. Called while a
   * page waits, for a second at most.
   */
  readonly personName?: (id: string) => string | undefined | Promise<string | undefined>;
  /** Folder of the built page. Default: the package's own. */
  readonly pageDirectory?: string;
  readonly log?: (entry: ConsoleLogEntry) => void;
  /** Receives unexpected errors of the console. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly wallClock?: () => number;
  /** Default: the registry's. */
  readonly clock?: Clock;
}
