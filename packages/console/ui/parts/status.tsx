import { StatusMark } from '@dualbrake/kit';
import type { ComponentChildren } from 'preact';
import type { Mark, Status } from '../words/words.ts';

/** Shape and colour of a status with its label, or with other words. */
export function StateMark(props: Readonly<{ status: Status } | { status: Mark; children: ComponentChildren }>) {
  const { shape, tone } = props.status;
  return (
    <StatusMark shape={shape} tone={tone}>
      {'children' in props ? props.children : props.status.label}
    </StatusMark>
  );
}

/** Name and status at the top of a row. */
export function StatusHead({ name, href, status }: Readonly<{ name: string; href: string; status: Status }>) {
  return (
    <div class="status-head row spread">
      <h3>
        <a href={href} data-row>
          {name}
        </a>
      </h3>
      <StateMark status={status} />
    </div>
  );
}
