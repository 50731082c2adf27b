import { isObject, mergePatch } from '../../contract/fields.ts';
import { instructorFields } from '../../contract/instructor-fields.ts';
import { lessonsBrokenBy } from '../../contract/booking/instructor-dates.ts';
import type { WorkingHours } from '../../contract/booking/world.ts';
import { parseHours } from '../../contract/instructor-hours.ts';
import {
  type InstructorFields,
  type LessonTime,
  parseInstructor,
  parseNewInstructor,
} from '../../contract/instructors.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { schoolZone } from '../locations/locations.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import { addPerson, renamePerson } from '../platform/auth/auth.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { seal, unseal } from '../platform/keys/sealing.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { InstructorChangedError, InstructorInvalidError, InstructorNotFoundError } from './instructor-errors.ts';
import { type InstructorRecord, instructorRepository } from './instructor-repository.ts';
import { readThrough } from './read-through.ts';
import { changesDates, maySeeInstructor, timeOf } from './instructor.ts';

/** The parts of the service. */
export interface InstructorServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
  /** Seals one-time links in the stored answers of requests with an idempotency key. 32 bytes. */
  readonly linkKey: Buffer;
}

/** A value that was read, with the school's calendar day of the reading. */
export interface Dated<T> {
  readonly value: T;
  readonly today: CalendarDay;
  readonly asOf: Temporal.Instant;
}

/** A one-time link of a new instructor. */
export interface NewLink {
  readonly token: string;
  readonly expiresAt: Date;
}

type VersionedRequest = ChangeRequest & { readonly version: number };

/** Instructors and their working hours. */
export class InstructorService {
  readonly #parts: InstructorServiceParts;

  constructor(parts: InstructorServiceParts) {
    this.#parts = parts;
  }

  /** The instructors of the school, by name. */
  list(actor: Actor, context?: RequestContext): Promise<Dated<InstructorRecord[]>> {
    return this.#read(actor, (handle) => instructorRepository.list(handle, actor.schoolId), context);
  }

  /** @throws InstructorNotFoundError, also when the user may not see the instructor */
  read(actor: Actor, id: string, context?: RequestContext): Promise<Dated<InstructorRecord>> {
    return this.#read(actor, (handle) => this.#visible(handle, actor, id), context);
  }

  /**
   * Adds an instructor: the user and the record, in one transaction.
   *
   * @returns with an e-mail address also a link. A repeated request gets the same link
   * @throws InstructorInvalidError, InstructorEmailTakenError, and errors of `UnitOfWork.change`
   */
  async create(
    input: unknown,
    request: ChangeRequest,
  ): Promise<Dated<{ readonly record: InstructorRecord; readonly link: NewLink | undefined }>> {
    const parsed = parseNewInstructor(input);
    if (!parsed.ok) throw new InstructorInvalidError(parsed.problems);
    const { email, ...fields } = parsed.value;
    const { actor } = request;
    const now = this.#now();
    const { record, today, link, asOf } = await this.#parts.unitOfWork.change(
      { ...request, operation: 'add instructor', request: input },
      async (transaction) => {
        const { id, link: made } = await addPerson(transaction, actor, {
          role: 'instructor',
          name: fields.name,
          email,
        });
        await instructorRepository.save(transaction, actor, id, fields);
        return {
          record: await this.#found(transaction, actor, id),
          today: await this.#today(transaction, actor),
          // The answer is stored with the key, but a token must not be stored.
          link: made && { sealed: this.#seal(made.token, id), expiresAt: made.expiresAt.toISOString() },
          asOf: now,
        };
      },
    );
    const value = { record, link: link && this.#unsealed(link, record.id) };
    return { value, today, asOf: Temporal.Instant.from(asOf) };
  }

  /**
   * Changes an instructor by a JSON merge patch, unless someone else has changed it since `version`.
   *
   * @returns the lessons that the new dates break: they stay booked
   * @throws InstructorNotFoundError, InstructorChangedError, InstructorInvalidError, and errors of `UnitOfWork.change`
   */
  async change(
    id: string,
    patch: unknown,
    request: VersionedRequest,
  ): Promise<Dated<{ readonly record: InstructorRecord; readonly affected: readonly LessonTime[] }>> {
    const { actor, version } = request;
    const now = this.#now();
    const { record, affected, today, asOf } = await this.#parts.unitOfWork.change(
      { ...request, operation: `change instructor ${id} at ${version}`, request: patch },
      async (transaction) => {
        await instructorRepository.lock(transaction, id);
        const { current, fields, affected: broken } = await this.#planned(transaction, id, patch, request);
        const changed = changedNames(current.fields, fields);
        if (changed.includes('name')) await renamePerson(transaction, actor, { id, name: fields.name });
        if (changed.length > 0 || current.version === 0) {
          await instructorRepository.save(transaction, actor, id, fields);
          await this.#audit(transaction, actor, 'instructor.changed', id, { fields: changed.join(', ') });
        }
        return {
          record: await this.#found(transaction, actor, id),
          affected: broken,
          today: await this.#today(transaction, actor),
          asOf: now,
        };
      },
    );
    return { value: { record, affected }, today, asOf: Temporal.Instant.from(asOf) };
  }

  /** The record and the lessons that `change` would answer. Changes nothing. */
  preview(
    id: string,
    patch: unknown,
    request: VersionedRequest,
  ): Promise<Dated<{ readonly record: InstructorRecord; readonly affected: readonly LessonTime[] }>> {
    return this.#read(
      request.actor,
      async (handle) => {
        const { current, fields, affected } = await this.#planned(handle, id, patch, request);
        return { record: { ...current, fields }, affected };
      },
      request.context,
    );
  }

  /**
   * Replaces all working hours. Lessons outside of them stay booked: the rule is soft.
   *
   * @throws InstructorInvalidError with the pointer of the second of two overlapping periods; InstructorNotFoundError
   */
  async setHours(id: string, body: unknown, request: ChangeRequest): Promise<Dated<readonly WorkingHours[]>> {
    const parsed = parseHours(body);
    if (!parsed.ok) throw new InstructorInvalidError(parsed.problems);
    const { actor } = request;
    const now = this.#now();
    const { hours, today, asOf } = await this.#parts.unitOfWork.change(
      { ...request, operation: `set hours of instructor ${id}`, request: body },
      async (transaction) => {
        await instructorRepository.lock(transaction, id);
        await this.#visible(transaction, actor, id);
        await instructorRepository.replaceHours(transaction, actor.schoolId, id, parsed.hours);
        await this.#audit(transaction, actor, 'instructor.hours_changed', id, { count: parsed.hours.length });
        const record = await this.#found(transaction, actor, id);
        return { hours: record.hours, today: await this.#today(transaction, actor), asOf: now };
      },
    );
    return { value: hours, today, asOf: Temporal.Instant.from(asOf) };
  }

  /** The record after a patch, and the lessons that it breaks. */
  async #planned(
    handle: DatabaseHandle,
    id: string,
    patch: unknown,
    { actor, version }: VersionedRequest,
  ): Promise<{ current: InstructorRecord; fields: InstructorFields; affected: readonly LessonTime[] }> {
    if (!isObject(patch)) {
      const message = 'Send a JSON object with the fields to change.';
      throw new InstructorInvalidError([{ pointer: '', code: 'wrong_type', message }]);
    }
    const current = await this.#visible(handle, actor, id);
    if (current.version !== version) throw new InstructorChangedError(current.version);
    const parsed = parseInstructor(mergePatch(instructorFields, current.fields, patch));
    if (!parsed.ok) throw new InstructorInvalidError(parsed.problems);
    const fields = parsed.value;
    if (!changesDates(patch)) return { current, fields, affected: [] };
    const now = this.#parts.wallClock.now().epochMilliseconds;
    const booked = await this.#parts.lessons.upcoming(handle, actor.schoolId, { instructorId: id }, now);
    return { current, fields, affected: lessonsBrokenBy(fields, booked).map(timeOf) };
  }

  async #visible(handle: DatabaseHandle, actor: Actor, id: string): Promise<InstructorRecord> {
    if (!maySeeInstructor(actor, id)) throw new InstructorNotFoundError();
    return this.#found(handle, actor, id);
  }

  async #found(handle: DatabaseHandle, { schoolId }: Actor, id: string): Promise<InstructorRecord> {
    const found = await instructorRepository.find(handle, schoolId, id);
    if (found === undefined) throw new InstructorNotFoundError();
    return found;
  }

  async #read<T>(
    actor: Actor,
    read: (handle: DatabaseHandle) => Promise<T>,
    context?: RequestContext,
  ): Promise<Dated<T>> {
    const { database, policies, wallClock } = this.#parts;
    const asOf = wallClock.now();
    const { value, today } = await readThrough(
      policies.databaseRead,
      async () => ({ value: await read(database), today: await this.#today(database, actor) }),
      context,
    );
    return { value, today, asOf };
  }

  /** As a text, because it is stored with the answer of a change. */
  #now(): string {
    return this.#parts.wallClock.now().toString();
  }

  async #today(handle: DatabaseHandle, { schoolId }: Actor): Promise<CalendarDay> {
    return this.#parts.wallClock.today(await schoolZone(handle, schoolId)).toString();
  }

  async #audit(
    transaction: DatabaseTransaction,
    { schoolId, userId }: Actor,
    action: 'instructor.changed' | 'instructor.hours_changed',
    id: string,
    detail: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await AuditLog.record(transaction, {
      schoolId,
      actorId: userId,
      action,
      subjectKind: 'person',
      subjectId: id,
      detail,
    });
  }

  #seal(token: string, id: string): string {
    return seal(this.#parts.linkKey, Buffer.from(token), id).toString('base64');
  }

  /** Undefined after a change of the secret: then a new link must be created. */
  #unsealed({ sealed, expiresAt }: { sealed: string; expiresAt: string }, id: string): NewLink | undefined {
    const token = unseal(this.#parts.linkKey, Buffer.from(sealed, 'base64'), id)?.toString();
    return token === undefined ? undefined : { token, expiresAt: new Date(expiresAt) };
  }
}

function changedNames(before: InstructorFields, after: InstructorFields): string[] {
  return (Object.keys(instructorFields) as (keyof InstructorFields)[]).filter((name) => before[name] !== after[name]);
}
