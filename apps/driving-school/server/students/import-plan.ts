import type { CalendarDay } from '../../contract/parsers.ts';
import type { ImportDuplicate, ImportReport } from '../../contract/student-import.ts';
import type { StudentFields } from '../../contract/students.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import type { Likeness, LikeStudent } from './student-repository.ts';
import { sortNameOf } from './student.ts';
import { listedMax, type ProblemList, shown } from './import-report.ts';
import type { ImportedStudent } from './import-rows.ts';
import type { ImportFile } from './student-import.ts';

/** Data that the rows of an import refer to. */
export interface ImportContext {
  /** ID by e-mail address in lower case. */
  readonly instructors: ReadonlyMap<string, string>;
  /** The person who has seen the cards, unless the file names another. */
  readonly witness: string;
  /** Licence numbers in the form that `FindAlike` returns. */
  readonly digest: (licenceNumber: string) => string;
}

/** Finds students of the school who look like one of the given ones. */
export type FindAlike = (wanted: readonly Likeness[]) => Promise<readonly LikeStudent[]>;

/** A file whose rows are ready to be compared with the school's students. */
export interface PreparedImport {
  readonly file: ImportFile;
  readonly candidates: readonly Candidate[];
}

/** The result of comparing a file with the school's students. */
export interface ImportPlan {
  readonly file: ImportFile;
  /** True when there is something to add and nothing prevents it. */
  readonly applicable: boolean;
  /** Students to be added, in the order of the file. */
  readonly students: readonly StudentFields[];
  readonly problems: ProblemList;
  /** Rows whose student already exists. Not in `students`. */
  readonly duplicates: readonly ImportDuplicate[];
  /** True when rows whose student already exists are skipped and do not stop the import. */
  readonly skipsExisting: boolean;
  /** Students found only by their licence number: each match confirms the number. */
  readonly licenceMatches: readonly string[];
}

/** Students compared per statement. */
const comparedAtOnce = 250;

/** Prepares the comparison: separately, because the comparison runs in a transaction, which must be short. */
export async function prepareImport(
  file: ImportFile,
  context: ImportContext,
  { yielder = new EventLoopYielder(), signal }: PlanOptions = {},
): Promise<PreparedImport> {
  const candidates: Candidate[] = [];
  for (const student of file.students) {
    const candidate = prepared(student, file.problems, context);
    if (candidate !== undefined) candidates.push(candidate);
    await yielder.yieldIfDue(signal);
  }
  return { file, candidates };
}

/** Compares the rows with each other and with the school's students. Changes nothing. */
export async function planImport(
  { file, candidates }: PreparedImport,
  findAlike: FindAlike,
  { skipsExisting = false, yielder = new EventLoopYielder(), signal }: PlanOptions = {},
): Promise<ImportPlan> {
  const known = await findKnown(candidates, findAlike, { yielder, signal });
  const seen = new SeenRows();
  const students: StudentFields[] = [];
  const duplicates: ImportDuplicate[] = [];
  const licenceMatches: string[] = [];
  for (const candidate of candidates) {
    const duplicate = known.duplicateOf(candidate) ?? seen.duplicateOf(candidate);
    seen.add(candidate);
    if (duplicate === undefined) students.push(candidate.fields);
    else duplicates.push(duplicate);
    if (duplicate?.by === 'licence_number' && duplicate.student_id !== null) licenceMatches.push(duplicate.student_id);
    await yielder.yieldIfDue(signal);
  }
  const stops = file.problems.count > 0 || (duplicates.length > 0 && !skipsExisting);
  return {
    file,
    applicable: !stops && students.length > 0,
    students,
    problems: file.problems,
    duplicates,
    skipsExisting,
    licenceMatches,
  };
}

/** Options of the comparison. */
export interface PlanOptions {
  /** Skip rows whose student already exists, instead of refusing the file. Default false. */
  readonly skipsExisting?: boolean;
  readonly yielder?: EventLoopYielder;
  readonly signal?: AbortSignal | undefined;
}

/** Creates the report of a plan. */
export function reportOf(
  { file, problems, duplicates, students, skipsExisting }: ImportPlan,
  { dryRun, applied }: { readonly dryRun: boolean; readonly applied: number },
): ImportReport {
  const listed = problems.listed;
  return {
    dry_run: dryRun,
    rows: file.rows,
    accepted: students.length,
    applied,
    skipped: skipsExisting ? duplicates.length : 0,
    problems: [...listed],
    problem_count: problems.count,
    problem_rows: problems.rowCount,
    duplicates: duplicates.slice(0, listedMax),
    duplicate_count: duplicates.length,
    truncated: problems.count > listed.length || duplicates.length > listedMax,
    // Only in a dry run: the report of a real import is stored with its key.
    preview: dryRun ? file.preview : { columns: [], rows: [] },
  };
}

interface Candidate {
  readonly row: number;
  readonly fields: StudentFields;
  readonly likeness: Likeness;
  readonly person: string;
  readonly licence: string | undefined;
}

/** @returns undefined when the instructor is unknown, which is added to the problems */
function prepared(
  { row, fields, instructorEmail }: ImportedStudent,
  problems: ProblemList,
  { instructors, witness, digest }: ImportContext,
): Candidate | undefined {
  const instructorId = instructorEmail === null ? null : instructors.get(instructorEmail.toLowerCase());
  if (instructorId === undefined) {
    problems.add({
      row,
      field: 'instructor_email',
      code: 'unknown_instructor',
      message:
        'No instructor of this school has this e-mail address. Invite the instructor first, or leave this empty.',
      value: shown(instructorEmail ?? ''),
    });
    return undefined;
  }
  const sightedBy = fields.licence_sighted_on === null ? null : (fields.licence_sighted_by ?? witness);
  const likeness = {
    licenceNumber: fields.licence_number,
    sortName: sortNameOf(fields),
    birthDate: fields.birth_date,
  };
  return {
    row,
    fields: { ...fields, instructor_id: instructorId, licence_sighted_by: sightedBy },
    likeness,
    person: personKey(likeness),
    licence: fields.licence_number === null ? undefined : digest(fields.licence_number),
  };
}

/** Students of the school who look like one in the file. */
class KnownStudents {
  readonly #byPerson = new Map<string, string>();
  readonly #byLicence = new Map<string, string>();

  add({ id, licenceDigest, sortName, birthDate }: LikeStudent): void {
    this.#byPerson.set(personKey({ sortName, birthDate }), id);
    if (licenceDigest !== null) this.#byLicence.set(licenceDigest, id);
  }

  /**
   * Compares name and birth date first: a user who sends them already knows the student, and the answer then reveals
   * nothing about the licence number.
   */
  duplicateOf({ row, person, licence }: Candidate): ImportDuplicate | undefined {
    const samePerson = this.#byPerson.get(person);
    if (samePerson !== undefined) return duplicateRow(row, 'name_and_birth_date', { studentId: samePerson });
    const sameLicence = licence === undefined ? undefined : this.#byLicence.get(licence);
    return sameLicence === undefined ? undefined : duplicateRow(row, 'licence_number', { studentId: sameLicence });
  }
}

async function findKnown(
  candidates: readonly Candidate[],
  findAlike: FindAlike,
  { yielder, signal }: { readonly yielder: EventLoopYielder; readonly signal: AbortSignal | undefined },
): Promise<KnownStudents> {
  const known = new KnownStudents();
  for (let start = 0; start < candidates.length; start += comparedAtOnce) {
    const wanted = candidates.slice(start, start + comparedAtOnce).map(({ likeness }) => likeness);
    for (const like of await findAlike(wanted)) known.add(like);
    await yielder.yieldIfDue(signal);
  }
  return known;
}

/** The rows of the file that have been compared so far. */
class SeenRows {
  readonly #byPerson = new Map<string, number>();
  readonly #byLicence = new Map<string, number>();

  /** Returns one match per row: rows with the same licence number usually have the same name as well. */
  duplicateOf({ row, person, licence }: Candidate): ImportDuplicate | undefined {
    const sameLicence = licence === undefined ? undefined : this.#byLicence.get(licence);
    if (sameLicence !== undefined) return duplicateRow(row, 'licence_number', { otherRow: sameLicence });
    const samePerson = this.#byPerson.get(person);
    return samePerson === undefined ? undefined : duplicateRow(row, 'name_and_birth_date', { otherRow: samePerson });
  }

  add({ row, person, licence }: Candidate): void {
    if (licence !== undefined && !this.#byLicence.has(licence)) this.#byLicence.set(licence, row);
    if (!this.#byPerson.has(person)) this.#byPerson.set(person, row);
  }
}

function duplicateRow(
  row: number,
  by: ImportDuplicate['by'],
  { otherRow, studentId }: { readonly otherRow?: number; readonly studentId?: string },
): ImportDuplicate {
  const criterion = by === 'licence_number' ? 'licence number' : 'name and birth date';
  const other = otherRow === undefined ? 'A student of the school' : `Row ${otherRow}`;
  return {
    row,
    by,
    other_row: otherRow ?? null,
    student_id: studentId ?? null,
    message: `${other} has the same ${criterion}.`,
  };
}

function personKey({ sortName, birthDate }: { readonly sortName: string; readonly birthDate: CalendarDay }): string {
  return `${birthDate} ${sortName}`;
}
