import { createHash } from 'node:crypto';
import type { AuditRecord } from '../contract.ts';
import { correlationIdOf, Problem } from '../http/problem.ts';
import { may, OrderRate } from '../http/guard.ts';
import { redact, redactText } from '../logs/redact.ts';
import type { ConsoleUser } from '../options.ts';
import { StoreUnavailableError } from '../store/file.ts';
import { auditEntryOf, type AuditEntry } from '../store/audit.ts';
import { DeniedRate } from './denied-rate.ts';
import type { Store } from '../store/store.ts';

/** An answer before it is a `Response`, so that it can be given again. */
export interface AnswerParts {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is to be done, for the audit log. */
export interface Intent {
  readonly action: string;
  readonly target: { readonly type: string; readonly id: string };
  readonly reason: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly before: Readonly<Record<string, unknown>> | null;
}

/** What came of it. */
export interface Effect {
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly answer: AnswerParts;
  /** Only an order that goes on says otherwise. Default `applied`. */
  readonly outcome?: AuditRecord['outcome'];
}

/** How a change is made. One of the two ways. */
export type Work =
  /** At once, in memory. */
  | { readonly kind: 'memory'; do(): Effect }
  /**
   * Kept first, in one transaction with its audit line, and then put in force: after a crash either both are there or
   * none. `apply` must not fail.
   */
  | { readonly kind: 'kept'; keep(): Effect; apply(): AnswerParts | void };

/** A key that is being used right now. */
interface Running {
  readonly fingerprint: string;
  readonly answer: Promise<AnswerParts>;
}

/**
 * Carries orders out: once for each Idempotency-Key, in a rate that a person can mean, and never without a line in the
 * audit log that says so before it is done.
 */
export class Commands {
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #rate: OrderRate;
  readonly #running = new Map<string, Running>();
  readonly #warn: (text: string) => void;
  readonly #deniedRate = new DeniedRate();

  /** @param warn tells of an order that was carried out without a line in the audit log */
  constructor(store: Store, wallClock: () => number, ordersPerMinute: number, warn: (text: string) => void) {
    this.#store = store;
    this.#wallClock = wallClock;
    this.#rate = new OrderRate(ordersPerMinute);
    this.#warn = warn;
  }

  /**
   * The same key and body get the same answer and one effect, also when they come at the same time, and after a crash.
   *
   * @param text the body as it came
   * @throws Problem 400 without a key, 422 when the key came with another body before, 429
   */
  async once(
    request: Request,
    user: ConsoleUser,
    text: string,
    act: (key: OrderKey | undefined) => Promise<AnswerParts>,
  ): Promise<Response> {
    const given = request.headers.get('idempotency-key')?.trim() ?? '';
    // What a program puts or deletes comes to the same however often it is done.
    const isOptional = user.authentication === 'bearer' && (request.method === 'PUT' || request.method === 'DELETE');
    if (given === '' && isOptional) {
      this.#rate.take(user.id, this.#wallClock());
      return responseOf(await act(undefined));
    }
    if (given === '' || given.length > 200) {
      throw new Problem(
        'idempotency-key-missing',
        'No Idempotency-Key',
        'Send an Idempotency-Key header of 1 to 200 characters with each change.',
      );
    }
    // A key means something only for one person and one address.
    const id = digest([user.id, request.method, new URL(request.url).pathname, given]);
    const fingerprint = digest([text, request.headers.get('if-match') ?? '']);
    const running = this.#running.get(id);
    const kept = running === undefined ? this.#store.answers.find(id) : undefined;
    if ((running ?? kept) !== undefined && (running ?? kept)?.fingerprint !== fingerprint) {
      throw new Problem(
        'idempotency-key-reused',
        'Idempotency-Key used before',
        'This Idempotency-Key was used for another request. Use a new key for each change.',
      );
    }
    if (running !== undefined) return responseOf(await running.answer);
    if (kept !== undefined) {
      return new Response(kept.body === '' ? null : kept.body, { status: kept.status, headers: kept.headers });
    }
    this.#rate.take(user.id, this.#wallClock());
    const answer = act({ id, fingerprint });
    this.#running.set(id, { fingerprint, answer });
    try {
      return responseOf(await answer);
    } finally {
      // What was done is kept in the store; what was not may be tried again with the same key.
      this.#running.delete(id);
    }
  }

  /**
   * Writes the intent, does it, writes what came of it.
   *
   * @param breakGlass do it although the audit log cannot be written; only for who may, and not for what must be kept
   * @throws Problem 503 when the intent cannot be written: then nothing was done
   */
  carryOut(
    request: Request,
    user: ConsoleUser,
    key: OrderKey | undefined,
    intent: Intent,
    work: Work,
    breakGlass = false,
  ): AnswerParts {
    const entry = entryOf(request, user, intent);
    let written: AuditRecord | undefined;
    try {
      written = this.#store.audit.intend(entry);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (!breakGlass || work.kind === 'kept' || !may(user, 'break-glass')) throw unavailable(error);
      this.#warn(`Order without audit line (break glass): ${intent.action} of ${intent.target.id} by ${user.id}.`);
      this.#store.audit.later({ ...entry, params: { ...entry.params, break_glass: true } });
    }
    let effect: Effect;
    if (work.kind === 'memory') {
      try {
        effect = work.do();
      } catch (error) {
        if (written !== undefined) this.#concludeLater(written, 'failed', null);
        throw error;
      }
      this.#conclude(written, effect, key);
      return effect.answer;
    }
    const audit = written;
    try {
      effect = this.#store.file.commit(() => {
        const made = work.keep();
        if (audit !== undefined)
          this.#store.audit.conclude(audit, { outcome: made.outcome ?? 'applied', after: safe(made.after) });
        if (key !== undefined)
          this.#store.answers.keep(key.id, { fingerprint: key.fingerprint, ...storable(made.answer) });
        return made;
      });
    } catch (error) {
      if (audit !== undefined) this.#concludeLater(audit, 'failed', null);
      throw error instanceof StoreUnavailableError ? unavailable(error) : error;
    }
    const seen = work.apply();
    if (seen === undefined) return effect.answer;
    // Kept with the change was what it would come to; whoever asks again is told what it came to.
    this.keepAnswer(key, seen);
    return seen;
  }

  /**
   * Writes the intent of something that takes time.
   *
   * @returns writes what came of it, in the end
   * @throws Problem 503 when the intent cannot be written: then it must not begin
   */
  begin(
    request: Request,
    user: ConsoleUser,
    intent: Intent,
    breakGlass = false,
  ): (outcome: AuditRecord['outcome'], after: Readonly<Record<string, unknown>> | null) => void {
    const entry = entryOf(request, user, intent);
    try {
      const written = this.#store.audit.intend(entry);
      return (outcome, after) => this.#concludeLater(written, outcome, after);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (!breakGlass || !may(user, 'break-glass')) throw unavailable(error);
      this.#warn(`Order without audit line (break glass): ${intent.action} of ${intent.target.id} by ${user.id}.`);
      this.#store.audit.later({ ...entry, params: { ...entry.params, break_glass: true } });
      return () => {};
    }
  }

  /** An answer that has no change of its own to be kept together with. */
  keepAnswer(key: OrderKey | undefined, answer: AnswerParts): void {
    if (key === undefined) return;
    try {
      this.#store.file.commit(() =>
        this.#store.answers.keep(key.id, { fingerprint: key.fingerprint, ...storable(answer) }),
      );
    } catch {
      // The order was carried out; only a repetition after a crash would not be known.
    }
  }

  /** Somebody was not allowed to. Some of these a minute are written down for each person, the others are counted. */
  denied(
    request: Request,
    user: ConsoleUser | undefined,
    action: string,
    target: string,
    why: string,
    more: Readonly<Record<string, string>> = {},
  ): void {
    const { write, before } = this.#deniedRate.take(actorOf(user), more['from'] ?? '', this.#wallClock());
    const denied = { reason: null, outcome: 'denied', before: null, after: null } as const;
    for (const { actor, count } of before) {
      this.#store.audit.note({
        ...denied,
        actor,
        action: 'orders.denied',
        target: { type: 'address', id: 'several' },
        params: { not_written_down: count },
        request_id: null,
      });
    }
    if (!write) return;
    this.#store.audit.note({
      ...denied,
      actor: actorOf(user),
      action,
      target: { type: 'address', id: redactText(target).slice(0, 300) },
      params: { why, ...more },
      request_id: correlationIdOf(request) ?? null,
    });
  }

  /** Somebody did something that changes nothing they could order, such as signing in. */
  event(request: Request, user: ConsoleUser, action: string, params: Readonly<Record<string, string>>): void {
    this.#store.audit.note({
      actor: actorOf(user),
      action,
      target: { type: 'console', id: 'console' },
      reason: null,
      params: safe(params) ?? {},
      outcome: 'recorded',
      before: null,
      after: null,
      request_id: correlationIdOf(request) ?? null,
    });
  }

  /** Something happened without anybody's order. */
  note(action: string, target: Intent['target'], params: Readonly<Record<string, unknown>>): void {
    this.#store.audit.note({
      actor: { type: 'system', id: 'system', role: null },
      action,
      target,
      reason: null,
      params: safe(params) ?? {},
      outcome: 'recorded',
      before: null,
      after: null,
      request_id: null,
    });
  }

  #conclude(written: AuditRecord | undefined, effect: Effect, key: OrderKey | undefined): void {
    try {
      this.#store.file.commit(() => {
        if (written !== undefined) {
          this.#store.audit.conclude(written, { outcome: effect.outcome ?? 'applied', after: safe(effect.after) });
        }
        if (key !== undefined)
          this.#store.answers.keep(key.id, { fingerprint: key.fingerprint, ...storable(effect.answer) });
      });
    } catch {
      // It was done and its intent is written; what came of it is added as soon as the file can be written.
      if (written !== undefined) this.#addResultLater(written, effect.outcome ?? 'applied', effect.after);
    }
  }

  #concludeLater(
    written: AuditRecord,
    outcome: AuditRecord['outcome'],
    after: Readonly<Record<string, unknown>> | null,
  ): void {
    try {
      this.#store.file.commit(() => this.#store.audit.conclude(written, { outcome, after: safe(after) }));
    } catch {
      this.#addResultLater(written, outcome, after);
    }
  }

  #addResultLater(
    written: AuditRecord,
    outcome: AuditRecord['outcome'],
    after: Readonly<Record<string, unknown>> | null,
  ): void {
    const entry = auditEntryOf(written);
    this.#store.audit.later({ ...entry, phase: 'result', intent_seq: written.seq, outcome, after: safe(after) });
  }
}

/** Under which an answer is kept. */
export interface OrderKey {
  readonly id: string;
  readonly fingerprint: string;
}

export function responseOf({ status, body, headers = {} }: AnswerParts): Response {
  return body === undefined ? new Response(null, { status, headers }) : Response.json(body, { status, headers });
}

export function actorOf(user: ConsoleUser | undefined): AuditRecord['actor'] {
  if (user === undefined) return { type: 'unknown', id: 'unknown', role: null };
  const isToken = user.authentication === 'bearer' || user.authentication === 'token-session';
  return { type: isToken ? 'token' : 'user', id: user.id, role: user.role };
}

function entryOf(request: Request, user: ConsoleUser, intent: Intent): AuditEntry {
  return {
    actor: actorOf(user),
    action: intent.action,
    target: intent.target,
    reason: intent.reason === undefined ? null : redactText(intent.reason),
    params: safe(intent.params) ?? {},
    phase: 'intent',
    outcome: null,
    before: safe(intent.before),
    after: null,
    intent_seq: null,
    request_id: correlationIdOf(request) ?? null,
  };
}

/** Nothing secret gets into the audit log, whoever has put it into a parameter. */
function safe(facts: Readonly<Record<string, unknown>> | null): Record<string, unknown> | null {
  return facts === null ? null : (redact(facts) as Record<string, unknown>);
}

function storable({ status, body, headers = {} }: AnswerParts): {
  status: number;
  headers: Record<string, string>;
  body: string;
} {
  const isEmpty = body === undefined;
  return {
    status,
    headers: isEmpty ? { ...headers } : { 'content-type': 'application/json', ...headers },
    body: isEmpty ? '' : JSON.stringify(body),
  };
}

function unavailable(error: StoreUnavailableError): Problem {
  return new Problem(
    'audit-unavailable',
    'Nothing was changed',
    `The audit log can’t be written, so changes are refused: ${error.message}`,
    { headers: { 'retry-after': '5' } },
  );
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
