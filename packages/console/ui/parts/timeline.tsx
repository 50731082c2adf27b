import type { ComponentChildren, VNode } from 'preact';
import { useShowAll } from './show-all.tsx';

interface TimelineProps<Item> {
  readonly items: readonly Item[];
  /** Number of items shown at first. */
  readonly limit: number;
  readonly children: (item: Item) => VNode;
}

/** Events, newest first. */
export function Timeline<Item>({ items, limit, children }: TimelineProps<Item>) {
  const { shown, toggle } = useShowAll(items, limit);
  return (
    <>
      <ol class="list timeline">{shown.map(children)}</ol>
      {toggle}
    </>
  );
}

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
