import type { Actor } from '../../contract/session.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import type { Policies } from '../policies.ts';
import { LicenceAccess } from './licence-access.ts';
import { LicenceUnreadableError } from './licence-cipher.ts';
import { StudentNotFoundError } from './student-errors.ts';
import type { StudentRepository } from './student-repository.ts';
import { isVisible, mayChange } from './student.ts';

interface RevealParts {
  readonly repository: Pick<StudentRepository, 'findSealed'>;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<Policies, 'databaseRead'>;
}

/**
 * Reads a full licence number: never from a copy, limited per user, and recorded in the audit log before it is shown.
 *
 * @throws StudentNotFoundError; LicenceLimitError; LicenceUnreadableError; the database's error
 */
export async function revealLicenceNumber(
  { repository, unitOfWork, policies }: RevealParts,
  { actor, studentId, context }: { actor: Actor; studentId: string; context: RequestContext | undefined },
): Promise<string | null> {
  const { licenceNumber } = await unitOfWork.transaction(
    policies.databaseRead,
    async (transaction) => {
      const sealed = await repository.findSealed(studentId, transaction);
      if (sealed === undefined || !mayChange(actor) || !isVisible(actor, sealed)) return new StudentNotFoundError();
      if (sealed.student.licence_number_masked === null) return { licenceNumber: null };
      // Returned, not thrown, so that the audit entry about the refusal is committed.
      const refusal = await LicenceAccess.refuseReveal(transaction, actor, studentId);
      if (refusal !== undefined) return refusal;
      const opened = openOrRefuse(sealed.openLicenceNumber);
      if (opened instanceof LicenceUnreadableError) return opened;
      await LicenceAccess.recordReveal(transaction, actor, studentId);
      return { licenceNumber: opened };
    },
    context,
  );
  return licenceNumber;
}

function openOrRefuse(open: () => string | null): string | null | LicenceUnreadableError {
  try {
    return open();
  } catch (error) {
    if (error instanceof LicenceUnreadableError) return error;
    throw error;
  }
}
