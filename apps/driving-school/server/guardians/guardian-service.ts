import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import { isObject } from '../../contract/fields.ts';
import {
  type Guardian,
  type GuardianAnswer,
  type GuardianFields,
  type GuardianList,
  parseGuardian,
  type StudentGuardian,
  type StudentGuardianAnswer,
  type StudentGuardianList,
} from '../../contract/guardians.ts';
import { type CalendarDay, parseId } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { studentFacts, type StudentAccessReader } from '../students/students.ts';
import {
  AlreadyGuardianError,
  GuardianChangedError,
  GuardianInvalidError,
  GuardianNotFoundError,
  PrimaryNeededError,
} from './guardian-errors.ts';
import { type GuardianPerson, GuardianRepository } from './guardian-repository.ts';
import { isMinor, patchedGuardian, removalOf } from './guardian.ts';

/** The parts of the service. */
export interface GuardianServiceParts {
  readonly database: DatabaseHandle;
  readonly students: StudentAccessReader;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

type VersionedRequest = ChangeRequest & { readonly version: number };

/**
 * The guardians of students. Changes of one student's guardians run one after the other, under a lock of the student, so
 * that exactly one is primary.
 */
export class GuardianService {
  readonly #parts: GuardianServiceParts;

  constructor(parts: GuardianServiceParts) {
    this.#parts = parts;
  }

  /** Lists the guardians of a student, the primary one first. @throws GuardianNotFoundError */
  async ofStudent(actor: Actor, studentId: string, context?: RequestContext): Promise<StudentGuardianList> {
    const { database, students } = this.#parts;
    return this.#list(async () => {
      const student = await students.visible(database, actor, studentId);
      if (student === undefined) return new GuardianNotFoundError('student');
      return GuardianRepository.ofStudent(database, actor.schoolId, studentId);
    }, context);
  }

  /** Finds guardians whom the school knows, for siblings. */
  async search(actor: Actor, text: string, context?: RequestContext): Promise<GuardianList> {
    const { database } = this.#parts;
    return this.#list(async () => {
      const people = await GuardianRepository.search(database, actor.schoolId, text);
      return this.#withStudents(database, actor, people);
    }, context);
  }

  /** Reads a guardian with the students whom the user may see. @throws GuardianNotFoundError */
  async read(actor: Actor, id: string, context?: RequestContext): Promise<GuardianAnswer> {
    const { database } = this.#parts;
    const { data, as_of } = await this.#list(async (): Promise<Guardian[]> => {
      const person = await GuardianRepository.find(database, actor.schoolId, id);
      return person === undefined ? [] : this.#withStudents(database, actor, [person]);
    }, context);
    const [guardian] = data;
    if (guardian === undefined || (actor.role === 'instructor' && guardian.students.length === 0)) {
      throw new GuardianNotFoundError('guardian');
    }
    return { data: guardian, stale: false, as_of };
  }

  /**
   * Adds a guardian, or one whom the school knows, to a student. The first becomes the primary one.
   *
   * @throws GuardianNotFoundError, GuardianInvalidError, AlreadyGuardianError, PrimaryTakenError
   */
  async add(studentId: string, input: unknown, request: ChangeRequest): Promise<StudentGuardianAnswer> {
    const { actor } = request;
    const wanted = parsedLink(input);
    const as_of = this.#now();
    const operation = `add guardian of ${studentId}`;
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation, request: input },
      async (transaction) => {
        await this.#locked(transaction, actor, studentId);
        const { schoolId } = actor;
        const by = byActor(actor);
        const links = await GuardianRepository.linksOf(transaction, schoolId, studentId);
        let guardianId: string;
        if (wanted.kind === 'new') {
          guardianId = randomUUIDv7();
          await GuardianRepository.insert(transaction, guardianId, wanted.fields, by);
        } else {
          guardianId = wanted.guardianId;
          const known = await GuardianRepository.find(transaction, schoolId, guardianId);
          if (known === undefined) throw unknownGuardian();
          if (links.some((link) => link.guardianId === guardianId)) throw new AlreadyGuardianError();
        }
        const relation = wanted.kind === 'new' ? wanted.fields.relation : wanted.relation;
        const isFirst = links.length === 0;
        await GuardianRepository.link(
          transaction,
          { schoolId, studentId, guardianId },
          { relation, isPrimary: isFirst },
        );
        if (wanted.isPrimary && !isFirst) await GuardianRepository.setPrimary(transaction, studentId, guardianId, by);
        return { data: await this.#mustFind(transaction, actor, studentId, guardianId), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /** Changes a guardian for all their students. @throws GuardianNotFoundError, GuardianChangedError, GuardianInvalidError */
  async change(id: string, patch: unknown, request: VersionedRequest): Promise<GuardianAnswer> {
    const { actor, version } = request;
    const as_of = this.#now();
    const operation = `change guardian ${id} at ${version}`;
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation, request: patch },
      async (transaction) => {
        const current = await this.#current(transaction, id, request);
        const fields = parsedPatch({ ...current, relation: null }, patch, ['relation']);
        await GuardianRepository.update(transaction, id, fields, byActor(actor));
        const person = await GuardianRepository.find(transaction, actor.schoolId, id);
        const [guardian] = person === undefined ? [] : await this.#withStudents(transaction, actor, [person]);
        if (guardian === undefined) throw new GuardianNotFoundError('guardian');
        return { data: guardian, as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /** Changes a guardian and the relation to one student. Throws the errors of `change`. */
  async changeOf(
    { studentId, guardianId }: { readonly studentId: string; readonly guardianId: string },
    patch: unknown,
    request: VersionedRequest,
  ): Promise<StudentGuardianAnswer> {
    const { actor, version } = request;
    const as_of = this.#now();
    const operation = `change guardian ${guardianId} of ${studentId} at ${version}`;
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation, request: patch },
      async (transaction) => {
        await this.#locked(transaction, actor, studentId);
        const current = await this.#current(transaction, guardianId, request);
        const { relation } = await this.#mustFind(transaction, actor, studentId, guardianId);
        const fields = parsedPatch({ ...current, relation }, patch);
        await GuardianRepository.update(transaction, guardianId, fields, byActor(actor));
        await GuardianRepository.setRelation(transaction, { studentId, guardianId }, fields.relation);
        return { data: await this.#mustFind(transaction, actor, studentId, guardianId), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /** Makes a guardian the primary one; the former stays a guardian. Throws the errors of `change`. */
  async makePrimary(studentId: string, guardianId: string, request: VersionedRequest): Promise<StudentGuardianAnswer> {
    const { actor, version } = request;
    const as_of = this.#now();
    const operation = `make guardian ${guardianId} at ${version} primary of ${studentId}`;
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation, request: null },
      async (transaction) => {
        await this.#locked(transaction, actor, studentId);
        const guardian = await this.#mustFind(transaction, actor, studentId, guardianId);
        if (guardian.version !== version) throw new GuardianChangedError(guardian.version);
        if (guardian.is_primary) return { data: guardian, as_of };
        await GuardianRepository.setPrimary(transaction, studentId, guardianId, byActor(actor));
        return { data: await this.#mustFind(transaction, actor, studentId, guardianId), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /**
   * Takes a guardian from a student. A guardian without students is deleted, because the school needs their data no more.
   *
   * @throws GuardianNotFoundError, PrimaryNeededError
   */
  async remove(studentId: string, guardianId: string, request: ChangeRequest): Promise<void> {
    const { actor } = request;
    const operation = `remove guardian ${guardianId} of ${studentId}`;
    await this.#parts.unitOfWork.change({ ...request, operation, request: null }, async (transaction) => {
      const student = await this.#locked(transaction, actor, studentId);
      await this.#mustFind(transaction, actor, studentId, guardianId);
      const links = await GuardianRepository.linksOf(transaction, actor.schoolId, studentId);
      const removal = removalOf(guardianId, links, isMinor(student.birth_date, this.#parts.today()));
      if (!removal.ok) throw new PrimaryNeededError(removal.isLast);
      await GuardianRepository.unlink(transaction, studentId, guardianId);
      if (removal.nextPrimary !== undefined) {
        await GuardianRepository.setPrimary(transaction, studentId, removal.nextPrimary, byActor(actor));
      }
      await AuditLog.record(transaction, {
        schoolId: actor.schoolId,
        actorId: actor.userId,
        action: 'guardian.removed',
        subjectKind: 'student',
        subjectId: studentId,
      });
      return null;
    });
  }

  /** Finds the student and locks it until the transaction ends. */
  async #locked(transaction: DatabaseTransaction, actor: Actor, studentId: string) {
    const student = await this.#parts.students.visible(transaction, actor, studentId, { lock: true });
    if (student === undefined) throw new GuardianNotFoundError('student');
    return student;
  }

  async #current(
    transaction: DatabaseTransaction,
    id: string,
    { actor, version }: VersionedRequest,
  ): Promise<GuardianPerson> {
    const current = await GuardianRepository.find(transaction, actor.schoolId, id, { lock: true });
    if (current === undefined) throw new GuardianNotFoundError('guardian');
    if (current.version !== version) throw new GuardianChangedError(current.version);
    return current;
  }

  async #mustFind(
    transaction: DatabaseTransaction,
    { schoolId }: Actor,
    studentId: string,
    guardianId: string,
  ): Promise<StudentGuardian> {
    const guardians = await GuardianRepository.ofStudent(transaction, schoolId, studentId);
    const found = guardians.find(({ id }) => id === guardianId);
    if (found === undefined) throw new GuardianNotFoundError('guardian');
    return found;
  }

  async #withStudents(handle: DatabaseHandle, actor: Actor, people: readonly GuardianPerson[]): Promise<Guardian[]> {
    const links = await GuardianRepository.links(
      handle,
      actor.schoolId,
      people.map(({ id }) => id),
    );
    const studentIds = [...new Set(links.map(({ student_id }) => student_id))];
    const facts = await studentFacts(handle, actor.schoolId, studentIds);
    const names = new Map(facts.map(({ id, name }) => [id, name]));
    const hidden = new Set<string>();
    if (actor.role === 'instructor') {
      for (const id of studentIds) {
        if ((await this.#parts.students.visible(handle, actor, id)) === undefined) hidden.add(id);
      }
    }
    return people.map((person) => ({
      ...person,
      students: links
        .filter(({ guardian_id, student_id }) => guardian_id === person.id && !hidden.has(student_id))
        .map(({ student_id, relation, is_primary }) => ({
          student_id,
          student_name: names.get(student_id) ?? '',
          relation,
          is_primary,
        })),
    }));
  }

  async #list<Row>(read: () => Promise<Row[] | RefusalError>, context?: RequestContext) {
    const as_of = this.#now();
    const data = await this.#parts.policies.databaseRead.execute(read, context);
    if (data instanceof RefusalError) throw data;
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

type WantedLink = { readonly isPrimary: boolean } & (
  | { readonly kind: 'new'; readonly fields: GuardianFields }
  | { readonly kind: 'known'; readonly guardianId: string; readonly relation: string | null }
);

/** Parses the request of a link: the fields of a new guardian, or the ID of a known one. */
function parsedLink(input: unknown): WantedLink {
  if (!isObject(input)) throw notAnObject();
  const { guardian_id: id, is_primary: primary, ...fields } = input;
  if (primary !== undefined && primary !== null && typeof primary !== 'boolean') {
    const message = 'Send true or false.';
    throw new GuardianInvalidError([{ pointer: '/is_primary', code: 'wrong_type', message }]);
  }
  const isPrimary = primary === true;
  if (id === undefined || id === null) return { kind: 'new', isPrimary, fields: parsed(fields) };
  const guardianId = typeof id === 'string' ? parseId(id) : undefined;
  if (guardianId?.ok !== true) throw unknownGuardian();
  // Name, phone and e-mail are those on record.
  const superfluous = Object.keys(fields).filter((name) => name !== 'relation');
  if (superfluous.length > 0) {
    const message = 'Omit this: the guardian is known already.';
    throw new GuardianInvalidError(
      superfluous.slice(0, 20).map((name) => ({ pointer: `/${name.slice(0, 100)}`, code: 'unknown_field', message })),
    );
  }
  const { relation } = parsed({ relation: fields['relation'], name: 'A guardian' });
  return { kind: 'known', isPrimary, guardianId: guardianId.value, relation };
}

function parsedPatch(current: object, patch: unknown, refused: readonly string[] = []): GuardianFields {
  if (!isObject(patch)) throw notAnObject();
  const wrong = refused.filter((name) => Object.hasOwn(patch, name));
  if (wrong.length > 0) {
    const message = 'A relation is one to a student: change it there.';
    throw new GuardianInvalidError(wrong.map((name) => ({ pointer: `/${name}`, code: 'unknown_field', message })));
  }
  return parsed(patchedGuardian(current, patch));
}

function parsed(input: unknown): GuardianFields {
  const result = parseGuardian(input);
  if (!result.ok) throw new GuardianInvalidError(result.problems);
  return result.value;
}

function notAnObject(): GuardianInvalidError {
  return new GuardianInvalidError([{ pointer: '', code: 'wrong_type', message: 'Send a JSON object.' }]);
}

function unknownGuardian(): GuardianInvalidError {
  const message = 'Choose a guardian whom the school knows.';
  return new GuardianInvalidError([{ pointer: '/guardian_id', code: 'unknown_guardian', message }]);
}

function byActor(actor: Actor): { readonly schoolId: string; readonly actorId: string } {
  return { schoolId: actor.schoolId, actorId: actor.userId };
}
