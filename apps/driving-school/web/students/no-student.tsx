import { Button, EmptyState, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { type Failure, isOutage } from '../failure.ts';
import { listPath } from './student-list.ts';

/** Explains why a record can't be shown. */
export function NoStudent({
  failure,
  onRetry,
}: {
  readonly failure: Failure;
  readonly onRetry: () => void;
}): JSX.Element {
  if (!isOutage(failure)) {
    return (
      <div class="table-frame">
        <EmptyState
          icon="student"
          title={failure.status === 403 ? 'You don’t have access to this student' : 'There is no such student'}
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
        {failure.detail} Only students that were opened recently have a copy.
      </EmptyState>
    </div>
  );
}
