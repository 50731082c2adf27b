import type { ComponentChildren } from 'preact';

interface TimelineItemProps {
  readonly lead: ComponentChildren;
  readonly why?: ComponentChildren;
  readonly when: ComponentChildren;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** One event of a timeline. */
export function TimelineItem({ lead, why, when, children, class: name }: TimelineItemProps) {
  return (
    <li class={name}>
      {lead}
      <p class="timeline-what">{children}</p>
      {why !== undefined && <p class="timeline-why muted">{why}</p>}
      <p class="timeline-when numbers">{when}</p>
    </li>
  );
}
