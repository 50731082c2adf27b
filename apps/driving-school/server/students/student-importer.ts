import { createHash, randomUUIDv7 } from 'node:crypto';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import type { DateOrder } from '../../contract/student-dates.ts';
import type { ImportReport } from '../../contract/student-import.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { isUnavailable } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { Policies } from '../policies.ts';
import { type ImportPlan, planImport, type PreparedImport, prepareImport, reportOf } from './import-plan.ts';
import { ImportSlots } from './import-slots.ts';
import { LicenceAccess } from './licence-access.ts';
import { ImportNotCheckedError } from './student-errors.ts';
import { type ImportFile, readImportFile } from './student-import.ts';
import type { StudentRepository } from './student-repository.ts';

/** A request to import a file. */
export interface ImportRequest extends ChangeRequest {
  /** Only report what would be imported. */
  readonly dryRun: boolean;
  /** Default `ymd`. */
  readonly dateOrder?: DateOrder;
  /** Skip rows whose student already exists. Default false: such a row stops the import. */
  readonly skipsExisting?: boolean;
}

/** The parts of the importer. */
export interface StudentImporterParts {
  readonly repository: StudentRepository;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<Policies, 'databaseRead' | 'databaseImport'>;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

/** Imports students from CSV files: all rows or none. Even large files do not block other requests. */
export class StudentImporter {
  readonly #parts: StudentImporterParts;
  readonly #slots = new ImportSlots();

  constructor(parts: StudentImporterParts) {
    this.#parts = parts;
  }

  /**
   * Reads a file and adds its students, or reports the problems and adds none.
   *
   * @param file the uploaded bytes
   * @throws ImportBusyError, LicenceLimitError, ImportNotCheckedError, and errors of `UnitOfWork.change`
   */
  import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    return this.#slots.run(request.actor.schoolId, () => this.#import(file, request));
  }

  async #import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    const { dryRun, actor, context, idempotencyKey, dateOrder = 'ymd', skipsExisting = false } = request;
    const { schoolId, userId: actorId } = actor;
    const yielding = { yielder: new EventLoopYielder(), signal: context?.signal };
    const { repository, unitOfWork, policies, today } = this.#parts;
    const content = await readImportFile(file, { today: today(), dateOrder, ...yielding });
    const plan = async (transaction: DatabaseTransaction, prepared: PreparedImport): Promise<ImportPlan> =>
      this.#plan(transaction, prepared, { ...request, skipsExisting }, yielding);

    if (dryRun) {
      try {
        const prepared = await this.#prepared(content, request, yielding);
        const found = await unitOfWork.transaction(
          policies.databaseImport,
          async (transaction) => (await refusalOf(transaction, prepared, actor)) ?? plan(transaction, prepared),
          context,
        );
        return reportOf(found, { dryRun: true, applied: 0 });
      } catch (error) {
        throw isUnavailable(error, context) && !(error instanceof RefusalError)
          ? new ImportNotCheckedError(error)
          : error;
      }
    }
    const prepared = await this.#prepared(content, request, yielding);
    return unitOfWork.change(
      {
        actor,
        context,
        idempotencyKey,
        operation: 'import students',
        request: { file: createHash('sha256').update(file).digest('hex'), dateOrder, skipsExisting },
        pipeline: policies.databaseImport,
      },
      async (transaction) => {
        const refusal = await refusalOf(transaction, prepared, actor);
        if (refusal !== undefined) throw refusal;
        const found = await plan(transaction, prepared);
        if (!found.applicable) return reportOf(found, { dryRun: false, applied: 0 });
        const students = found.students.map((fields) => ({ id: randomUUIDv7(), fields }));
        await repository.insert(students, { schoolId, actorId }, transaction, yielding);
        await AuditLog.record(transaction, {
          schoolId,
          actorId,
          action: 'students.imported',
          subjectKind: 'school',
          subjectId: schoolId,
          detail: { rows: content.rows, added: students.length, skipped: found.duplicates.length },
        });
        return reportOf(found, { dryRun: false, applied: students.length });
      },
    );
  }

  /** Prepares the comparison before the transaction, which must be short. */
  async #prepared(content: ImportFile, { actor, context }: ImportRequest, yielding: Yielding): Promise<PreparedImport> {
    const { repository, policies } = this.#parts;
    const { schoolId, name: witness } = actor;
    const instructors = await policies.databaseRead.execute(() => repository.instructorsByEmail(schoolId), context);
    const digest = (licenceNumber: string): string => repository.digest(licenceNumber, schoolId).toString('hex');
    return prepareImport(content, { instructors, witness, digest }, yielding);
  }

  async #plan(
    transaction: DatabaseTransaction,
    prepared: PreparedImport,
    { actor, skipsExisting }: Pick<ImportRequest, 'actor' | 'skipsExisting'>,
    yielding: Yielding,
  ): Promise<ImportPlan> {
    const plan = await planImport(
      prepared,
      (wanted) => this.#parts.repository.findAlike(actor.schoolId, wanted, transaction),
      { ...yielding, skipsExisting: skipsExisting ?? false },
    );
    if (comparesLicences(prepared)) {
      const [studentId, ...others] = plan.licenceMatches;
      await LicenceAccess.recordLookup(transaction, actor, {
        lookupBy: 'import',
        found: plan.licenceMatches.length,
        ...(studentId === undefined || others.length > 0 ? {} : { studentId }),
      });
    }
    return plan;
  }
}

interface Yielding {
  readonly yielder: EventLoopYielder;
  readonly signal: AbortSignal | undefined;
}

/** Limits comparisons of licence numbers like searches, because they reveal which numbers exist. */
async function refusalOf(transaction: DatabaseTransaction, prepared: PreparedImport, actor: Actor) {
  return comparesLicences(prepared) ? LicenceAccess.refuseLookup(transaction, actor) : undefined;
}

function comparesLicences({ candidates }: PreparedImport): boolean {
  return candidates.some(({ licence }) => licence !== undefined);
}
