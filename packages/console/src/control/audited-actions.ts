import type { AuditRecord } from '../contract.ts';
import { redact, redactText } from '../logs/redact.ts';
import type { ConsoleUser } from '../options.ts';
import { may } from '../permissions.ts';
import { auditEntryOf, systemEvent, type AuditEntry } from '../store/audit.ts';
import { StoreUnavailableError } from '../store/file.ts';
import type { Store } from '../store/store.ts';
import { Problem } from '../problem.ts';
import { DeniedRate } from './denied-rate.ts';

/** A request for an action, and its user. */
export interface ActionRequest {
  readonly user: ConsoleUser;
  readonly correlationId: string | undefined;
  /** Version of the target that the user has seen. Undefined or `*`: any. */
  readonly version: string | undefined;
  /** Carry it out even if the audit log is unavailable; needs the permission `break-glass`. */
  readonly breakGlass: boolean;
  /** Stores the result for a repeated request. Only within a transaction of the store's file. */
  readonly remember?: (result: unknown) => void;
}

/** An action before it is carried out, for the audit log. */
export interface Intent {
  readonly action: string;
  readonly target: { readonly type: string; readonly id: string };
  readonly reason: string | undefined;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly before: Facts | null;
}

/** The result of an action. */
export interface Effect<T> {
  /** For the audit log. */
  readonly after: Facts | null;
  readonly result: T;
}

type Facts = Readonly<Record<string, unknown>>;

/** Carries out actions: the audit log has the intent before an action begins, and the outcome afterwards. */
export class AuditedActions {
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #warn: (text: string) => void;
  readonly #deniedRate = new DeniedRate();

  /** @param warn receives a sentence for each action without an audit line */
  constructor(store: Store, wallClock: () => number, warn: (text: string) => void) {
    this.#store = store;
    this.#wallClock = wallClock;
    this.#warn = warn;
  }

  /**
   * An action in memory.
   *
   * @throws Problem audit-unavailable, before anything was done
   */
  carryOut<T>(request: ActionRequest, intent: Intent, act: () => Effect<T>): T {
    const written = this.#intend(request, intent, request.breakGlass);
    let effect: Effect<T>;
    try {
      effect = act();
    } catch (error) {
      this.#conclude(written, 'failed', null);
      throw error;
    }
    this.#conclude(written, 'applied', effect.after, () => request.remember?.(effect.result));
    return effect.result;
  }

  /**
   * An action whose effect survives a restart. `keep` stores it in one transaction with the audit line; then `apply` puts
   * it into force and must not fail.
   *
   * @param steps.apply returns the final result if it differs from the stored one
   * @param steps.withoutStore does it in memory only, for break-glass requests while the store is unavailable
   * @throws Problem audit-unavailable, before anything was done
   */
  carryOutAndKeep<T>(
    request: ActionRequest,
    intent: Intent,
    steps: { keep(): Effect<T>; apply(): T | void; withoutStore?: () => Effect<T> },
  ): T {
    const { withoutStore } = steps;
    if (withoutStore !== undefined && request.breakGlass && this.#store.file.state.state === 'failing') {
      return this.carryOut(request, intent, withoutStore);
    }
    const written = this.#intend(request, intent, false);
    let kept: Effect<T>;
    try {
      kept = this.#store.file.commit(() => {
        const effect = steps.keep();
        if (written !== undefined) this.#store.audit.conclude(written, resultOf('applied', effect.after));
        request.remember?.(effect.result);
        return effect;
      });
    } catch (error) {
      this.#conclude(written, 'failed', null);
      throw error instanceof StoreUnavailableError ? unavailable(error) : error;
    }
    const result = steps.apply();
    if (result === undefined) return kept.result;
    this.remember(request, result);
    return result;
  }

  /**
   * Writes the intent of an action that takes time.
   *
   * @returns writes the outcome
   * @throws Problem audit-unavailable; then the action must not begin
   */
  begin(request: ActionRequest, intent: Intent): (outcome: 'applied' | 'failed', after: Facts) => void {
    const written = this.#intend(request, intent, request.breakGlass);
    return (outcome, after) => this.#conclude(written, outcome, after);
  }

  /** Stores a result for a repeated request. */
  remember({ remember }: ActionRequest, result: unknown): void {
    if (remember === undefined) return;
    try {
      this.#store.file.commit(() => remember(result));
    } catch {
      // The action was carried out; only a request repeated after a crash is not recognized.
    }
  }

  /** Logs a refusal. Of a flood, only some are logged and the others counted. */
  denied(
    { user, correlationId }: Pick<ActionRequest, 'correlationId'> & { readonly user: ConsoleUser | undefined },
    action: string,
    target: string,
    why: string,
    params: Readonly<Record<string, string>> = {},
  ): void {
    const { isLogged, unlogged } = this.#deniedRate.take(actorOf(user), params['from'] ?? '', this.#wallClock());
    for (const { actor, count } of unlogged) {
      const several = { type: 'address', id: 'several' };
      this.note('orders.denied', several, { not_written_down: count }, { actor, outcome: 'denied' });
    }
    if (!isLogged) return;
    const address = { type: 'address', id: redactText(target).slice(0, 300) };
    const by = { actor: actorOf(user), request_id: correlationId ?? null };
    this.note(action, address, { why, ...params }, { ...by, outcome: 'denied' });
  }

  /** Logs that a user signed in or out. */
  signedInOrOut(
    { user, correlationId }: Pick<ActionRequest, 'user' | 'correlationId'>,
    action: string,
    params: Readonly<Record<string, string>>,
  ): void {
    const by = { actor: actorOf(user), request_id: correlationId ?? null };
    this.note(action, { type: 'console', id: 'console' }, params, by);
  }

  /** Logs an event. @param facts that differ from those of an event that nobody requested */
  note(action: string, target: Intent['target'], params: Facts, facts: Partial<AuditEntry> = {}): void {
    this.#store.audit.note({ ...systemEvent, action, target, params: safe(params) ?? {}, ...facts });
  }

  /** @returns nothing when the audit log is unavailable and the user requests break-glass */
  #intend({ user, correlationId }: ActionRequest, intent: Intent, breakGlass: boolean): AuditRecord | undefined {
    const entry: AuditEntry = {
      ...systemEvent,
      actor: actorOf(user),
      action: intent.action,
      target: intent.target,
      reason: intent.reason === undefined ? null : redactText(intent.reason),
      params: safe(intent.params ?? {}) ?? {},
      phase: 'intent',
      outcome: null,
      before: safe(intent.before),
      request_id: correlationId ?? null,
    };
    try {
      return this.#store.audit.intend(entry);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (!breakGlass || !may(user, 'break-glass')) throw unavailable(error);
      this.#warn(`Action without an audit line (break glass): ${intent.action} of ${intent.target.id} by ${user.id}.`);
      this.#store.audit.later({ ...entry, params: { ...entry.params, break_glass: true } });
      return undefined;
    }
  }

  /** Writes the outcome now, or when the file is available again. */
  #conclude(
    written: AuditRecord | undefined,
    outcome: AuditRecord['outcome'],
    after: Facts | null,
    alsoKeep: () => void = () => {},
  ): void {
    try {
      this.#store.file.commit(() => {
        if (written !== undefined) this.#store.audit.conclude(written, resultOf(outcome, after));
        alsoKeep();
      });
    } catch {
      if (written === undefined) return;
      const entry = { ...auditEntryOf(written), ...resultOf(outcome, after) };
      this.#store.audit.later({ ...entry, phase: 'result', intent_seq: written.seq });
    }
  }
}

function actorOf(user: ConsoleUser | undefined): AuditRecord['actor'] {
  if (user === undefined) return { type: 'unknown', id: 'unknown', role: null };
  const isToken = user.authentication === 'bearer' || user.authentication === 'token-session';
  return { type: isToken ? 'token' : 'user', id: user.id, role: user.role };
}

function resultOf(outcome: AuditRecord['outcome'], after: Facts | null): Pick<AuditRecord, 'outcome' | 'after'> {
  return { outcome, after: safe(after) };
}

/** Parameters come from users, so they are redacted. */
function safe(facts: Facts | null): Record<string, unknown> | null {
  return facts === null ? null : (redact(facts) as Record<string, unknown>);
}

function unavailable(error: StoreUnavailableError): Problem {
  return new Problem(
    'audit-unavailable',
    'Nothing was changed',
    `The audit log can’t be written, so changes are refused: ${error.message}`,
    { retryAfterSeconds: 5 },
  );
}
