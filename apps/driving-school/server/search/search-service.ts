import { parseLicenceNumber } from '../../contract/licence-number.ts';
import { localStart } from '../../contract/local-time.ts';
import {
  type FoundLesson,
  type FoundStudent,
  type SearchAnswer,
  searchedLessonsMax,
  searchedStudentsMax,
} from '../../contract/search.ts';
import type { Actor } from '../../contract/session.ts';
import { type FindableLessons, type LessonHit, lessonsByCode, nextLessonsOf } from '../lessons/lessons.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { isUnavailable, type RequestContext } from '../platform/database/unavailable.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import { spokenName, studentNames, type Students } from '../students/students.ts';
import { codePatterns } from './lesson-code.ts';

/** The parts of the service. */
export interface SearchServiceParts {
  readonly database: DatabaseHandle;
  readonly students: Pick<Students, 'finder' | 'service'>;
  readonly policies: Pick<Policies, 'databaseRead'>;
  readonly wallClock: WallClock;
}

/** Finds students and lessons by whatever a user knows of them. */
export class SearchService {
  readonly #parts: SearchServiceParts;

  constructor(parts: SearchServiceParts) {
    this.#parts = parts;
  }

  /**
   * Searches the database or, while it is unavailable, the copies of students on this server.
   *
   * A whole licence number is searched as in the list of students: limited, and recorded in the audit log.
   *
   * @throws LicenceSearchForbiddenError; LicenceLimitError
   */
  async search(actor: Actor, text: string, context: RequestContext = {}): Promise<SearchAnswer> {
    const { database, policies, wallClock } = this.#parts;
    if (parseLicenceNumber(text).ok) return this.#byLicence(actor, text, context);
    // Read before the query, so that the data is never older than `asOf`.
    const asOf = wallClock.now();
    if (text.trim() === '') return answer({ students: [], lessons: [] }, asOf);
    try {
      const data = await policies.databaseRead.execute(
        () => database.transaction().execute((transaction) => this.#live(actor, text, transaction)),
        context,
      );
      return answer(data, asOf);
    } catch (error) {
      if (!isUnavailable(error, context)) throw error;
      const copies = this.#parts.students.finder.findCopies(actor, { text, limit: searchedStudentsMax });
      const forMs = isolatedForMs(error);
      return {
        ...answer({ students: [...copies.students], lessons: [] }, copies.asOf ?? asOf),
        stale: true,
        complete: false,
        ...(forMs === undefined ? {} : { isolated_until: isolationEnd(forMs, wallClock) }),
      };
    }
  }

  async #live(actor: Actor, text: string, transaction: DatabaseTransaction): Promise<SearchAnswer['data']> {
    const students = await this.#parts.students.finder.find(actor, { text, limit: searchedStudentsMax }, transaction);
    return { students, lessons: await this.#lessons(actor, text, students, transaction) };
  }

  async #lessons(
    actor: Actor,
    text: string,
    students: readonly FoundStudent[],
    transaction: DatabaseTransaction,
  ): Promise<FoundLesson[]> {
    const among: FindableLessons = {
      schoolId: actor.schoolId,
      instructorId: actor.role === 'instructor' ? actor.userId : undefined,
    };
    const { whole, misread, beginnings } = codePatterns(text);
    const found: { readonly hit: LessonHit; readonly match: FoundLesson['match'] }[] = [];
    const add = (hits: readonly LessonHit[], match: FoundLesson['match']): void => {
      for (const hit of hits) {
        if (found.length < searchedLessonsMax && !found.some((known) => known.hit.id === hit.id)) {
          found.push({ hit, match });
        }
      }
    };
    const byCode = (patterns: readonly string[]) => lessonsByCode(transaction, among, patterns, searchedLessonsMax);
    add(await byCode(whole), { kind: 'exact', field: 'short_code' });
    add(await byCode(beginnings), { kind: 'prefix', field: 'short_code' });
    if (found.length === 0) add(await byCode(misread), { kind: 'similar', field: 'short_code' });
    const [best] = students;
    if (found.length < searchedLessonsMax && best !== undefined) {
      // Only of those that match as well as the best one.
      const ids = students.filter(({ match }) => match.kind === best.match.kind).map(({ id }) => id);
      const from = this.#parts.wallClock.now().epochMilliseconds;
      const next = await nextLessonsOf(transaction, among, ids, { from, limit: searchedLessonsMax });
      add(next, { kind: best.match.kind, field: 'student' });
    }
    const ids = [...new Set(found.map(({ hit }) => hit.student_id))];
    const names = ids.length === 0 ? new Map() : await studentNames(transaction, actor.schoolId, ids);
    return found.map(({ hit, match }) => {
      const student = names.get(hit.student_id);
      return foundLesson(hit, match, student === undefined ? '' : spokenName(student));
    });
  }

  async #byLicence(actor: Actor, text: string, context: RequestContext): Promise<SearchAnswer> {
    const list = await this.#parts.students.service.list(
      actor,
      { q: text, status: 'all', sort: 'name', limit: searchedStudentsMax },
      context,
    );
    const { stale, as_of, complete, isolated_until } = list;
    const students = list.data.map(
      ({ id, display_name, preferred_name, phone, status, instructor_name }): FoundStudent => ({
        id,
        display_name,
        preferred_name,
        phone,
        email: null,
        status,
        instructor_name,
        match: { kind: 'exact', field: 'licence_number' },
      }),
    );
    return {
      data: { students, lessons: [] },
      stale,
      as_of,
      complete,
      ...(isolated_until === undefined ? {} : { isolated_until }),
    };
  }
}

function answer(data: SearchAnswer['data'], asOf: Temporal.Instant): SearchAnswer {
  return { data, stale: false, as_of: asOf.toString({ smallestUnit: 'millisecond' }), complete: true };
}

function foundLesson(hit: LessonHit, match: FoundLesson['match'], studentName: string): FoundLesson {
  const { starts_at: startsAt, ends_at: endsAt, ...rest } = hit;
  return {
    ...rest,
    student_name: studentName,
    starts_at: startsAt.toISOString(),
    local_start: localStart(startsAt.getTime(), hit.time_zone),
    minutes: Math.round((endsAt.getTime() - startsAt.getTime()) / 60_000),
    match,
  };
}
