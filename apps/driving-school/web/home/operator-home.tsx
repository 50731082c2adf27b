import { LinkButton, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';

/** The start page of operators, who have no access to students. */
export function OperatorHome(): JSX.Element {
  return (
    <div class="page">
      <PageHeader
        title="Driving School"
        description="Operators run the system and have no access to students. The owner can change your role under People."
      />
      <div>
        <LinkButton variant="primary" href="/admin">
          Open the console
        </LinkButton>
      </div>
    </div>
  );
}
