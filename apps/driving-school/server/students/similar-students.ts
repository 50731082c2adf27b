import { type RawBuilder, sql } from 'kysely';
import type { FoundStudent, MatchKind, StudentMatchField } from '../../contract/search.ts';
import { parsePhone } from '../../contract/parsers.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { plainWords, searchedWords } from '../platform/search-words.ts';
import { wordsQuery } from './student-list-query.ts';
import { studentTables } from './student-table.ts';
import { displayName } from './student.ts';

/** A search by anything that a person remembers of a student. */
export interface FinderQuery {
  readonly schoolId: string;
  /** Only students of this instructor: a permission. */
  readonly instructorId?: string;
  readonly text: string;
  readonly limit: number;
}

/**
 * Similarity from which a word counts as another one with typing errors: "trembley" and "Tremblay" have 0.67, "macdonld"
 * and "MacDonald" 0.67.
 */
const similarityMin = 0.5;
/** Shorter words have too few groups of three letters to compare. */
const similarLettersMin = 4;
/** With fewer digits, too many telephone numbers end in them. */
const lastDigitsMin = 3;
/** As many of the last digits are a word of their own; see `searchWordsOf`. */
const lastDigitsWord = 4;

/**
 * Finds students, the best matches first: whole words, then beginnings of words, then similar words.
 *
 * @param transaction whose setting for similarity this changes
 */
export async function findStudents(query: FinderQuery, transaction: DatabaseTransaction): Promise<FoundStudent[]> {
  const words = finderWords(query.text);
  if (words.length === 0) return [];
  const found = await byPrefixes(query, words, transaction);
  const [digits = ''] = words;
  if (isDigits(query.text)) {
    if (found.length > 0 || digits.length < lastDigitsMin) return found;
    return byLastDigits(query, digits, transaction);
  }
  if (found.length >= query.limit || !words.some(canBeMistyped)) return found;
  return [...found, ...(await bySimilarity(query, words, found, transaction))];
}

/** The words of a search; of a telephone number in any spelling, its ten digits. */
export function finderWords(text: string): string[] {
  const phone = /\d{3}/.test(text) ? parsePhone(text) : undefined;
  return phone?.ok === true ? [phone.value.number.slice(2)] : searchedWords(text);
}

async function byPrefixes(
  query: FinderQuery,
  words: readonly string[],
  transaction: DatabaseTransaction,
): Promise<FoundStudent[]> {
  const whole = wordsQuery(words, { prefix: false });
  const [first = ''] = words;
  const rows = await studentRows(query, transaction)
    .where(sql<boolean>`students.search_words @@ ${wordsQuery(words)}::tsquery`)
    .select(sql<boolean>`students.search_words @@ ${whole}::tsquery`.as('is_whole'))
    .orderBy(
      sql`CASE WHEN students.search_words @@ ${whole}::tsquery THEN 0
        WHEN starts_with(students.sort_name, ${first}) THEN 1 ELSE 2 END`,
    )
    .orderBy(sql`students.status <> 'active'`)
    .orderBy('students.sort_name')
    .orderBy('students.id')
    .limit(query.limit)
    .execute();
  return rows.map(({ is_whole: isWhole, ...row }) => foundStudent(row, matchOf(row, words, isWhole)));
}

async function byLastDigits(
  query: FinderQuery,
  digits: string,
  transaction: DatabaseTransaction,
): Promise<FoundStudent[]> {
  let ending = studentRows(query, transaction).where(sql<boolean>`students.phone LIKE ${`%${digits}`}`);
  // The last four digits are a word, so that there is an index for them.
  if (digits.length >= lastDigitsWord) {
    const word = wordsQuery([digits.slice(-lastDigitsWord)], { prefix: false });
    ending = ending.where(sql<boolean>`students.search_words @@ ${word}::tsquery`);
  }
  const rows = await ending
    .orderBy(sql`students.status <> 'active'`)
    .orderBy('students.sort_name')
    .orderBy('students.id')
    .limit(query.limit)
    .execute();
  return rows.map((row) => foundStudent(row, { kind: 'exact', field: 'phone' }));
}

/** Words with wrong, missing or added letters, by their groups of three letters; and with two letters swapped. */
async function bySimilarity(
  query: FinderQuery,
  words: readonly string[],
  known: readonly FoundStudent[],
  transaction: DatabaseTransaction,
): Promise<FoundStudent[]> {
  await sql`SELECT set_config('pg_trgm.word_similarity_threshold', ${String(similarityMin)}, true)`.execute(
    transaction,
  );
  let rows = studentRows(query, transaction).where(
    sql<boolean>`students.id <> ALL (${known.map(({ id }) => id)}::uuid[])`,
  );
  const likeness: RawBuilder<number>[] = [];
  for (const word of words) {
    if (!canBeMistyped(word)) {
      rows = rows.where(sql<boolean>`students.search_words @@ ${wordsQuery([word])}::tsquery`);
      continue;
    }
    const swapped = swaps(word)
      .map((other) => wordsQuery([other]))
      .join(' | ');
    // Each half by its own index. With OR, PostgreSQL would rather compare the names of all students.
    rows = rows.where(
      sql<boolean>`students.id IN (
        SELECT id FROM students WHERE ${word}::text <% sort_name
        UNION SELECT id FROM students WHERE search_words @@ ${swapped}::tsquery)`,
    );
    likeness.push(
      sql<number>`greatest(word_similarity(${word}, students.sort_name),
        CASE WHEN students.search_words @@ ${swapped}::tsquery THEN 0.9 ELSE 0 END)`,
    );
  }
  const similar = await rows
    .orderBy(sql`${sql.join(likeness, sql` + `)} DESC`)
    .orderBy(sql`students.status <> 'active'`)
    .orderBy('students.sort_name')
    .orderBy('students.id')
    .limit(query.limit - known.length)
    .execute();
  return similar.map((row) => foundStudent(row, { kind: 'similar', field: 'name' }));
}

function isDigits(text: string): boolean {
  return finderWords(text).every((word) => /^\d+$/.test(word));
}

function canBeMistyped(word: string): boolean {
  return word.length >= similarLettersMin && /^\p{L}+$/u.test(word);
}

/** The word with two neighbouring letters swapped, in each way: "jhon" gives "john". */
function swaps(word: string): string[] {
  const letters = Array.from(word);
  return letters.slice(1).map((letter, index) => {
    const before = letters.slice(0, index).join('');
    return `${before}${letter}${letters[index]}${letters.slice(index + 2).join('')}`;
  });
}

type FinderRow = Awaited<ReturnType<ReturnType<typeof studentRows>['executeTakeFirstOrThrow']>>;

function studentRows({ schoolId, instructorId }: FinderQuery, transaction: DatabaseTransaction) {
  const rows = studentTables(transaction)
    .selectFrom('students')
    .leftJoin('people', 'people.id', 'students.instructor_id')
    .select(['students.id', 'students.legal_given_names', 'students.legal_family_name', 'students.preferred_name'])
    .select(['students.phone', 'students.email', 'students.postal_code', 'students.status'])
    .select('people.name as instructor_name')
    .where('students.school_id', '=', schoolId);
  return instructorId === undefined ? rows : rows.where('students.instructor_id', '=', instructorId);
}

function foundStudent(row: FinderRow, match: FoundStudent['match']): FoundStudent {
  const { id, preferred_name, phone, email, status, instructor_name } = row;
  return { id, display_name: displayName(row), preferred_name, phone, email, status, instructor_name, match };
}

/** The fields that decide how a student matches words. */
export interface MatchedFields {
  readonly legal_given_names: string | null;
  readonly legal_family_name: string;
  readonly preferred_name: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly postal_code: string | null;
}

/** Describes why a student matches words that are the beginnings of their own. */
export function matchOf(
  fields: MatchedFields,
  words: readonly string[],
  isWhole: boolean,
): { readonly kind: MatchKind; readonly field: StudentMatchField } {
  const kind = isWhole ? 'exact' : 'prefix';
  const begins = (text: string | null): boolean => {
    const plain = plainWords(text ?? '');
    const all = [...plain, plain.join('')];
    return words.every((word) => all.some((each) => each.startsWith(word)));
  };
  const name = [fields.legal_given_names, fields.legal_family_name, fields.preferred_name].join(' ');
  if (begins(name)) return { kind, field: 'name' };
  if (words.every((word) => /^\d+$/.test(word)) && fields.phone !== null) return { kind, field: 'phone' };
  if (begins(fields.email) || words.some((word) => word.includes('@'))) return { kind, field: 'email' };
  if (begins(fields.postal_code)) return { kind, field: 'postal_code' };
  return { kind, field: 'name' };
}
