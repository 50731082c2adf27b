import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import type { z } from 'zod';
import { addDays, type CalendarDay } from '../../contract/parsers.ts';
import type { RuleSet, RuleSetAnswer, ruleSetCreateSchema, RuleSetList } from '../../contract/rule-sets.ts';
import type { Actor } from '../../contract/session.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import {
  RuleSetDayTakenError,
  RuleSetInPastError,
  RuleSetInUseError,
  RuleSetNotFoundError,
} from './rule-set-errors.ts';
import { RuleSetRepository, type StoredRuleSet } from './rule-set-repository.ts';

/** The parts of the service. */
export interface RuleSetServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

/** Reads and dates the rules of a school. A set begins on a day and ends the one before. */
export class RuleSetService {
  readonly #parts: RuleSetServiceParts;

  constructor(parts: RuleSetServiceParts) {
    this.#parts = parts;
  }

  async list(actor: Actor, context?: RequestContext): Promise<RuleSetList> {
    const as_of = this.#now();
    const sets = await this.#read(actor, context);
    return { data: sets, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** @throws RuleSetNotFoundError */
  async read(actor: Actor, id: string, context?: RequestContext): Promise<RuleSetAnswer> {
    const as_of = this.#now();
    const data = (await this.#read(actor, context)).find((set) => set.id === id);
    if (data === undefined) throw new RuleSetNotFoundError();
    return { data, stale: false, as_of };
  }

  /**
   * Adds a rule set that begins on a day, and ends the one that held then.
   *
   * @throws RuleSetInPastError, RuleSetDayTakenError
   */
  async create(input: z.output<typeof ruleSetCreateSchema>, request: ChangeRequest): Promise<RuleSetAnswer> {
    const { actor } = request;
    const { schoolId, userId: actorId } = actor;
    const { name, rules, effective_from: from } = input;
    const as_of = this.#now();
    const today = this.#parts.today();
    if (from < today) throw new RuleSetInPastError(today);
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation: 'create rule set', request: input },
      async (transaction) => {
        const sets = await RuleSetRepository.all(transaction, schoolId, { lock: true });
        if (sets.some((set) => set.from === from)) throw new RuleSetDayTakenError();
        // The set that holds on that day, or all days before the first set have none.
        const before = sets.find((set) => set.from < from);
        const until = before === undefined ? (sets.at(-1)?.from ?? null) : before.until;
        if (before !== undefined) await RuleSetRepository.end(transaction, before.id, from);
        const id = randomUUIDv7();
        await RuleSetRepository.insert(transaction, { id, name, rules, from, until }, { schoolId, actorId });
        await this.#record(transaction, actor, 'rule_set.added', from);
        return { data: shown({ id, name, rules, version: 1, from, until }, today), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /**
   * Removes a rule set that has not begun: the one before holds on.
   *
   * @throws RuleSetNotFoundError, RuleSetInUseError
   */
  async remove(id: string, request: ChangeRequest): Promise<void> {
    const { actor } = request;
    const today = this.#parts.today();
    await this.#parts.unitOfWork.change(
      { ...request, operation: `remove rule set ${id}`, request: null },
      async (transaction) => {
        const sets = await RuleSetRepository.all(transaction, actor.schoolId, { lock: true });
        const set = sets.find((each) => each.id === id);
        if (set === undefined) throw new RuleSetNotFoundError();
        const before = sets.find(({ from }) => from < set.from);
        if (set.from <= today || before === undefined) throw new RuleSetInUseError();
        await RuleSetRepository.remove(transaction, id).catch((error: unknown) => {
          // A course that begins on one of its days keeps it.
          throw isForeignKeyViolation(error) ? new RuleSetInUseError() : error;
        });
        await RuleSetRepository.end(transaction, before.id, set.until);
        await this.#record(transaction, actor, 'rule_set.removed', set.from);
        return null;
      },
    );
  }

  async #read(actor: Actor, context?: RequestContext): Promise<RuleSet[]> {
    const { policies, database, today } = this.#parts;
    const sets = await policies.databaseRead.execute(() => RuleSetRepository.all(database, actor.schoolId), context);
    return sets.map((set) => shown(set, today()));
  }

  async #record(
    transaction: DatabaseTransaction,
    actor: Actor,
    action: 'rule_set.added' | 'rule_set.removed',
    from: CalendarDay,
  ): Promise<void> {
    await AuditLog.record(transaction, {
      schoolId: actor.schoolId,
      actorId: actor.userId,
      action,
      subjectKind: 'school',
      subjectId: actor.schoolId,
      detail: { effective_from: from },
    });
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

function shown({ from, until, ...set }: StoredRuleSet, today: CalendarDay): RuleSet {
  const state = from > today ? 'future' : until !== null && until <= today ? 'past' : 'current';
  return { ...set, effective_from: from, effective_to: until === null ? null : addDays(until, -1), state };
}

/** SQLSTATE foreign_key_violation. */
function isForeignKeyViolation(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === '23503';
}
