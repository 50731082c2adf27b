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

type DataAttributes = Readonly<Record<`data-${string}`, string>>;

interface StatusItemProps {
  readonly name: string;
  readonly href: string;
  readonly status: Status;
  readonly children: ComponentChildren;
}

/** An item of a list: its name, its status, and details. */
export function StatusItem({ name, href, status, children, ...data }: StatusItemProps & DataAttributes) {
  return (
    <li class={`status-item tone-${status.tone}`} {...data}>
      <div class="status-head row spread">
        <h3>
          <a href={href} data-row>
            {name}
          </a>
        </h3>
        <StateMark status={status} />
      </div>
      {children}
    </li>
  );
}
