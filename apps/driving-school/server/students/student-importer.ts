import { createHash, randomUUIDv7 } from 'node:crypto';
import type { DateOrder } from '../../contract/student-dates.ts';
import type { CalendarDay, ImportReport } from '../../contract/students.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import { Turns } from '../platform/turns.ts';
import type { Policies } from '../policies.ts';
import type { ChangeRequest, ChangeRunner } from './change-runner.ts';
import { LicenceAccess } from './licence-access.ts';
import type { DatabaseTransaction, StudentRepository } from './student-repository.ts';
import { ImportSlots } from './import-slots.ts';
import { type ImportPlan, planImport, type PreparedImport, prepareImport, reportOf } from './import-plan.ts';
import { readImportFile } from './student-import.ts';

/** One import of a file. */
export interface ImportRequest extends ChangeRequest {
  /** Only report what would happen. */
  readonly dryRun: boolean;
  /** Default `ymd`. */
  readonly dateOrder?: DateOrder;
  /** Leave rows out whose student is there already. Default false: such a row stops the import. */
  readonly skipsExisting?: boolean;
}

/** What the importer stands on. */
export interface StudentImporterParts {
  readonly repository: StudentRepository;
  readonly changes: ChangeRunner;
  readonly policies: Pick<Policies, 'databaseRead' | 'databaseImport'>;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

/** Brings students in from CSV files: all rows or none. However large the file, other requests are answered meanwhile. */
export class StudentImporter {
  readonly #repository: StudentRepository;
  readonly #changes: ChangeRunner;
  readonly #policies: StudentImporterParts['policies'];
  readonly #today: () => CalendarDay;
  readonly #slots = new ImportSlots();

  constructor({ repository, changes, policies, today }: StudentImporterParts) {
    this.#repository = repository;
    this.#changes = changes;
    this.#policies = policies;
    this.#today = today;
  }

  /**
   * Reads a file and adds its students, or says what is wrong and adds none.
   *
   * @param file as it was uploaded
   * @throws ImportBusyError, LicenceLimitError, IdempotencyKeyReusedError, ChangeNotSavedError, ChangeUnknownError
   */
  import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    return this.#slots.run(request.actor.schoolId, () => this.#import(file, request));
  }

  async #import(file: Uint8Array, request: ImportRequest): Promise<ImportReport> {
    const { dryRun, actor, context, idempotencyKey, dateOrder = 'ymd', skipsExisting = false } = request;
    const { schoolId, userId: actorId } = actor;
    const pace = { turns: new Turns(), signal: context?.signal };
    const content = await readImportFile(file, { today: this.#today(), dateOrder, ...pace });
    const instructors = await this.#policies.databaseRead.execute(
      () => this.#repository.instructorsByEmail(schoolId),
      context,
    );
    const digest = (licenceNumber: string): string => this.#repository.digestText(licenceNumber, schoolId);
    const prepared = await prepareImport(content, { instructors, witness: actor.name, digest }, pace);
    const plan = (transaction: DatabaseTransaction): Promise<ImportPlan> =>
      this.#plan(transaction, prepared, { ...request, skipsExisting }, pace);

    if (dryRun) {
      const outcome = await this.#policies.databaseImport.execute(
        () =>
          this.#repository.transaction(async (transaction) => {
            const refusal = await this.#refusal(transaction, prepared, request);
            return refusal === undefined ? { plan: await plan(transaction) } : { refusal };
          }),
        context,
      );
      if (outcome.refusal !== undefined) throw outcome.refusal;
      return reportOf(outcome.plan, { dryRun: true, applied: 0 });
    }
    return this.#changes.run(
      {
        actor,
        context,
        idempotencyKey,
        operation: 'import students',
        request: { file: createHash('sha256').update(file).digest('hex'), dateOrder, skipsExisting },
        pipeline: this.#policies.databaseImport,
      },
      async (transaction) => {
        const refusal = await this.#refusal(transaction, prepared, request);
        if (refusal !== undefined) throw refusal;
        const found = await plan(transaction);
        if (!found.applicable) return reportOf(found, { dryRun: false, applied: 0 });
        const students = found.students.map((fields) => ({ id: randomUUIDv7(), fields }));
        await this.#repository.insert(students, { schoolId, actorId }, transaction, pace);
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

  async #plan(
    transaction: DatabaseTransaction,
    prepared: PreparedImport,
    { actor, skipsExisting }: Pick<ImportRequest, 'actor' | 'skipsExisting'>,
    pace: { readonly turns: Turns; readonly signal: AbortSignal | undefined },
  ): Promise<ImportPlan> {
    const plan = await planImport(
      prepared,
      (wanted) => this.#repository.findAlike(actor.schoolId, wanted, transaction),
      { ...pace, skipsExisting: skipsExisting ?? false },
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

  /** Comparing a file's licence numbers with the school's tells which of them exist, as a search does. */
  async #refusal(transaction: DatabaseTransaction, prepared: PreparedImport, { actor }: ImportRequest) {
    return comparesLicences(prepared) ? LicenceAccess.refuseLookup(transaction, actor) : undefined;
  }
}

function comparesLicences({ candidates }: PreparedImport): boolean {
  return candidates.some(({ licence }) => licence !== undefined);
}
