import { parseLicenceNumber } from '../../contract/licence-number.ts';
import type { Actor } from '../../contract/session.ts';
import type { StudentList, StudentQuery } from '../../contract/students.ts';
import { isUnavailable, type RequestContext } from '../platform/database/unavailable.ts';
import type { ListCursors, ListPosition } from '../platform/http/list-cursor.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import { searchedWords } from '../platform/search-words.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import { LicenceAccess } from './licence-access.ts';
import type { StudentAccessReader } from './student-access.ts';
import type { StudentCopies } from './student-copies.ts';
import { LicenceSearchForbiddenError } from './student-errors.ts';
import type { ListedStudent, StudentSearch } from './student-list-query.ts';
import type { StudentRepository } from './student-repository.ts';
import { mayChange, positionOf, summaryOf, visiblePart } from './student.ts';

/** The parts of the lister. */
export interface StudentListerParts {
  readonly repository: StudentRepository;
  readonly access: StudentAccessReader;
  readonly unitOfWork: UnitOfWork;
  readonly copies: StudentCopies;
  readonly cursors: ListCursors;
  readonly policies: Pick<Policies, 'databaseRead'>;
  readonly wallClock: WallClock;
}

/** Lists and searches students in the database or, while it is unavailable, among the copies. */
export class StudentLister {
  readonly #parts: StudentListerParts;

  constructor(parts: StudentListerParts) {
    this.#parts = parts;
  }

  /**
   * Returns a page of the list. While the database is unavailable, searches the copies; `complete` is then false.
   *
   * @throws CursorInvalidError; LicenceSearchForbiddenError; LicenceLimitError
   */
  async list(actor: Actor, query: StudentQuery, context: RequestContext = {}): Promise<StudentList> {
    const part = visiblePart(actor);
    const { q = '', status, sort, instructor_id: taughtBy, limit } = query;
    const licence = parseLicenceNumber(q);
    // Users who may not see licence numbers may not confirm one either.
    if (licence.ok && !mayChange(actor)) throw new LicenceSearchForbiddenError();
    const asOf = this.#parts.wallClock.now();
    const words = licence.ok ? [] : searchedWords(q);
    if (part === undefined || (!licence.ok && words.length === 0 && q.trim() !== '')) return emptyList(asOf);

    const bound = JSON.stringify([part, q, status, sort, taughtBy ?? null]);
    const after = query.cursor === undefined ? undefined : this.#parts.cursors.read(query.cursor, bound);
    const taughtNear = this.#parts.access.taughtBy(actor);
    const search: StudentSearch = {
      ...part,
      ...(taughtNear === undefined ? {} : { taughtNear }),
      status,
      sort,
      words,
      limit: limit + 1,
      ...(taughtBy === undefined ? {} : { taughtBy: taughtBy === 'none' ? null : taughtBy }),
      ...(after === undefined ? {} : { after }),
    };
    const nextCursor = (positions: readonly ListPosition[]): string | null => {
      const last = positions[limit - 1];
      return positions.length > limit && last !== undefined ? this.#parts.cursors.write(last, bound) : null;
    };
    try {
      const { rows, total } = licence.ok
        ? await this.#findByLicence(
            actor,
            { ...search, licenceDigest: this.#parts.repository.digest(licence.value, actor.schoolId) },
            context,
          )
        : await this.#find(search, context);
      return {
        data: rows.slice(0, limit).map(({ summary }) => summary),
        next_cursor: nextCursor(rows.map(({ position }) => position)),
        total,
        stale: false,
        as_of: asOf.toString({ smallestUnit: 'millisecond' }),
        complete: true,
      };
    } catch (error) {
      if (error instanceof RefusalError || !isUnavailable(error, context)) throw error;
      // Copies contain no licence numbers.
      const found = licence.ok ? [] : this.#parts.copies.search(search);
      const shown = found.slice(0, limit);
      const forMs = isolatedForMs(error);
      const oldest = shown.reduce((early, copy) => earlier(early, copy.asOf), asOf);
      return {
        data: shown.map(({ student }) => summaryOf(student)),
        next_cursor: nextCursor(found.map(({ student }) => positionOf(student, sort))),
        total: null,
        stale: true,
        as_of: oldest.toString({ smallestUnit: 'millisecond' }),
        complete: false,
        ...(forMs === undefined ? {} : { isolated_until: isolationEnd(forMs, this.#parts.wallClock) }),
      };
    }
  }

  /** Counts the total only for the first page. */
  async #find(search: StudentSearch, context: RequestContext): Promise<Found> {
    return this.#parts.policies.databaseRead.execute(
      async () => ({
        rows: await this.#parts.repository.list(search),
        total: search.after === undefined ? await this.#parts.repository.count(search) : null,
      }),
      context,
    );
  }

  /** Finds a student by licence number. Limited and recorded, even when none is found. */
  async #findByLicence(actor: Actor, search: StudentSearch, context: RequestContext): Promise<Found> {
    const { repository, unitOfWork, policies } = this.#parts;
    return unitOfWork.transaction(
      policies.databaseRead,
      async (transaction) => {
        const refusal = await LicenceAccess.refuseLookup(transaction, actor);
        if (refusal !== undefined) return refusal;
        const rows = await repository.list(search, transaction);
        const [only] = rows;
        await LicenceAccess.recordLookup(transaction, actor, {
          lookupBy: 'search',
          found: rows.length,
          ...(only === undefined ? {} : { studentId: only.summary.id }),
        });
        return { rows, total: rows.length };
      },
      context,
    );
  }
}

interface Found {
  readonly rows: readonly ListedStudent[];
  readonly total: number | null;
}

function emptyList(asOf: Temporal.Instant): StudentList {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  return { data: [], next_cursor: null, total: 0, stale: false, as_of, complete: true };
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b;
}
