import type { FoundStudent } from '../../contract/search.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { finderWords, findStudents, matchOf } from './similar-students.ts';
import type { StudentCopies } from './student-copies.ts';
import { displayName, visiblePart } from './student.ts';

/** Copies that were found, and the time of the oldest of them. */
export interface FoundCopies {
  readonly students: readonly FoundStudent[];
  readonly asOf: Temporal.Instant | undefined;
}

/** Finds students for the search over everything. Users find only students that they may see. */
export class StudentFinder {
  readonly #copies: StudentCopies;

  constructor(copies: StudentCopies) {
    this.#copies = copies;
  }

  /** Finds students in the database; see `findStudents`. */
  async find(
    actor: Actor,
    { text, limit }: { readonly text: string; readonly limit: number },
    transaction: DatabaseTransaction,
  ): Promise<FoundStudent[]> {
    const part = visiblePart(actor);
    return part === undefined ? [] : findStudents({ ...part, text, limit }, transaction);
  }

  /** Finds students among the copies on this server, without forgiving typing errors. */
  findCopies(actor: Actor, { text, limit }: { readonly text: string; readonly limit: number }): FoundCopies {
    const part = visiblePart(actor);
    const words = finderWords(text);
    if (part === undefined || words.length === 0) return { students: [], asOf: undefined };
    const found = this.#copies.search({ ...part, status: 'all', sort: 'name', words, limit });
    const [oldest] = found.map(({ asOf }) => asOf).toSorted((a, b) => Temporal.Instant.compare(a, b));
    const students = found.map(({ student }) => {
      const { id, preferred_name, phone, email, status, instructor_name } = student;
      const match = matchOf({ ...student, postal_code: student.address?.postal_code ?? null }, words, false);
      return { id, display_name: displayName(student), preferred_name, phone, email, status, instructor_name, match };
    });
    return { students, asOf: oldest };
  }
}
