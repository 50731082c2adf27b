import { Button, EmptyState, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Failure } from '../failure.ts';
import { listPath } from './student-list.ts';

/** Whether an address names a student at all. Anything else is not worth a question. */
export function isStudentId(text: string): boolean {
  return /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text);
}

/** What the server would say of an ID that is none. */
export const noSuchStudent: Failure = {
  title: 'There is no such student',
  detail: 'This address doesn’t belong to a student. Check it, or search the list.',
  status: 404,
};

/** In place of a record that cannot be shown. */
export function NoStudent({
  failure,
  onRetry,
}: {
  readonly failure: Failure;
  readonly onRetry: () => void;
}): JSX.Element {
  const { status } = failure;
  if (status !== undefined && status < 500) {
    return (
      <div class="table-frame">
        <EmptyState
          icon="student"
          title={status === 403 ? 'You don’t have access to this student' : 'There is no such student'}
          actions={<LinkButton href={listPath.value}>Go to students</LinkButton>}
        >
          {failure.detail}
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="table-frame">
      <EmptyState
        icon="clock"
        title="This student can’t be shown right now"
        actions={<Button onClick={onRetry}>Try again</Button>}
      >
        {failure.detail} Copies exist only of students that were opened recently.
      </EmptyState>
    </div>
  );
}
