import type { Clock, Registry } from 'dualbrake';
import type { DrillOptions } from './drills/drills.ts';
import type { LogLimits } from './logs/log-store.ts';
import type { Permission, Role } from './permissions.ts';
import type { RoleNames } from './role-names.ts';
import type { Retention } from './store/store.ts';

/** Who looks at the console. */
export interface ConsoleUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** What this person may beside the role. */
  readonly extraPermissions?: readonly Permission[];
  /**
   * `bearer`: a program with a token; it need not come from the console's own page. `token-session`: a person who has
   * signed in with the operator's token; the console sets this itself. Default `session`.
   */
  readonly authentication?: 'session' | 'bearer' | 'token-session';
  /** When it has to be asked anew, milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/**
 * Lets the operator sign in with a token at a page of the console's own, `{basePath}/sign-in`, for when nobody can sign
 * in to the application. A session lasts an hour at most, and 15 minutes without use.
 */
export interface TokenSignInOptions {
  /**
   * The token that is valid now: at least 32 characters, random; nothing when there is none. Called for each request of
   * such a session, so that a new token counts at once and ends all sessions of the old one.
   */
  readonly token: () => string | undefined;
  /** Who somebody is who signs in with it. */
  readonly user: ConsoleUser;
  /** Seals the sessions' cookies. Default: random, so that a restart ends all sessions. */
  readonly key?: string;
  /** Address of the client, for the limit of tries. Default: all clients share the limit of one. */
  readonly addressOf?: (request: Request) => string | undefined;
  /** Where the token can be found, in a sentence for the page. */
  readonly hint?: string;
}

/** What happened at the console, for the log: every order and every refusal to take one. */
export interface ConsoleLogEntry {
  readonly event:
    | 'console.action'
    | 'console.denied'
    /** With the operator's token. */
    | 'console.signed_in'
    | 'console.signed_out'
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

/** What an action on a service is given. */
export interface ActionContext {
  /** Aborts when the time is over or the console is closed. */
  readonly signal: AbortSignal;
  readonly reason: string;
  /** Name of the person who has ordered it. */
  readonly actor: string;
  /** Tells a step that has been done, in a few words: `closed 10 connections`. */
  readonly step: (text: string) => void;
}

/** Something beside breakers that can be steered, with actions that take time. */
export interface ConsoleService {
  /** Unique; part of the address. */
  readonly id: string;
  readonly name: string;
  /** State, `sinceMs`, `reason`, and further facts of its own. */
  report(): Readonly<Record<string, string | number | boolean | undefined>>;
  readonly actions: Readonly<Record<string, ServiceAction>>;
  /** Ids or names of breakers, and ids of services, that fail when it does. */
  readonly dependants?: readonly string[];
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
   * @throws ActionFailedError with a sentence for the page; of any other error the page shows nothing
   */
  run(context: ActionContext): Promise<string | void>;
  /** Milliseconds after which it counts as failed. */
  readonly timeLimitMs: number;
  /** Milliseconds after its end in which it is not taken again. */
  readonly coolDownMs: number;
  /** Users notice it. Default false. */
  readonly destructive?: boolean;
}

/** What people should know of a breaker beside what it reports. */
export interface MemberNotes {
  /** What it guards, in a few words, without secrets. */
  readonly description?: string;
  /** Ids or names of breakers that it needs: when they fail, it fails with them. */
  readonly dependsOn?: readonly string[];
}

/** Where the console's own records are kept. */
export interface StoreOptions extends Retention {
  /** Path of its SQLite file. Default: memory, which a restart forgets. */
  readonly path?: string;
  /** Makes the audit chain one that nobody without the key can forge. */
  readonly auditKey?: string;
}

/** A source of metrics in a text format, such as a registry of prom-client. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** What the console is built from. */
export interface ConsoleOptions {
  readonly registry: Registry;
  readonly services?: readonly ConsoleService[];
  /** Says who asks; nothing means nobody. */
  authenticate(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined>;
  /**
   * Says again who has sent a request that is still being answered, such as a stream of events: asked every few seconds,
   * and at `recheck`. It must not count as something that this person does. What it throws means that it cannot be found
   * out now, and the stream goes on. Default: `authenticate`.
   */
  reauthenticate?(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined>;
  readonly store?: StoreOptions;
  /** By id or name of a breaker. */
  readonly members?: Readonly<Record<string, MemberNotes>>;
  readonly drills?: DrillOptions;
  readonly logs?: LogLimits;
  /**
   * Whether the console writes the registry's events into its log view itself; say false when the application's log,
   * which it is fed from, has them already. Default true.
   */
  readonly logEvents?: boolean;
  /** What `GET {basePath}/metrics` answers. */
  readonly metrics?: MetricsSource;
  /** No order is taken. Default: what the environment variable `RECOVERY_CONSOLE_READONLY` says. */
  readonly readOnly?: boolean;
  /**
   * Names under which it answers, without port. Default: `localhost`, `127.0.0.1` and `[::1]`. An application that
   * checks this itself says `any`.
   */
  readonly allowedHosts?: readonly string[] | 'any';
  /** Orders that one person may give in a minute. Default 120. */
  readonly ordersPerMinute?: number;
  /** Where it is mounted, without a slash at the end. Default `/admin`. */
  readonly basePath?: string;
  /**
   * What the application calls the console's roles: pages and messages use its words, and name only these as who may do
   * something. Default: the console's own names, all of them.
   */
  readonly roleNames?: RoleNames;
  /** Shown on the page, such as `demo`. Default empty. */
  readonly environment?: string;
  /** Name and version of this process. Default: host name and process id, and no version. */
  readonly instance?: { readonly id?: string; readonly version?: string };
  /** What the page says of where it belongs: the application's name, and the path of its own pages. */
  readonly application?: {
    readonly name: string;
    readonly homePath: string;
    /** Where people change their password and the like; the console links to it. */
    readonly accountPath?: string;
  };
  /** Where people without a session are sent. Default `/sign-in`. */
  readonly signInPath?: string;
  /**
   * Whether people can sign in to the application now. While they cannot, strangers are sent to the console's own page
   * for the operator's token, if there is one. Default: always.
   */
  readonly canSignIn?: () => boolean;
  readonly tokenSignIn?: TokenSignInOptions;
  /**
   * Ends the application's session of whoever asks. Given, the console offers *Sign out*. What it returns, such as a
   * `Set-Cookie`, goes with the console's answer.
   */
  readonly signOut?: (request: Request) => HeadersInit | undefined | Promise<HeadersInit | undefined>;
  /**
   * Name of somebody in the audit log whom the console has not seen yet, by id. Nothing when it is not known. Called
   * while a page waits: a second without an answer counts as nothing.
   */
  readonly personName?: (id: string) => string | undefined | Promise<string | undefined>;
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
