import { Badge, Button, EmptyState, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OfferedSlot, PlanDefaults, SlotList as SlotAnswer } from '../../contract/planning.ts';
import { studentEditPage } from '../students/pages.ts';
import { dateText, longDayText, nameOf, slotDays, timesText } from './slot-text.ts';

/** Free times by day. Arrow keys move between them, Enter chooses one; the best has the focus first. */
export function SlotList({
  answer,
  defaults,
  minutes,
  chosen,
  onChoose,
  onLater,
}: {
  readonly answer: SlotAnswer;
  readonly defaults: PlanDefaults;
  readonly minutes: number;
  /** The slot that is being booked. */
  readonly chosen: OfferedSlot | undefined;
  readonly onChoose: (slot: OfferedSlot) => void;
  /** Searches the next period. */
  readonly onLater: () => void;
}): JSX.Element {
  const [openDays, setOpenDays] = useState<ReadonlySet<string>>(new Set());
  const listRef = useRef<HTMLDivElement>(null);
  const best = answer.data[0];
  const days = slotDays(answer.data, { minutes, openDays });
  const [current, setCurrent] = useState(keyOf(best));
  const buttons = (): HTMLButtonElement[] => [...(listRef.current?.querySelectorAll<HTMLButtonElement>('.slot') ?? [])];
  useEffect(() => {
    setCurrent(keyOf(best));
    // The first answer takes the focus from the page's heading; later ones leave it in the filter that was changed.
    const focused = document.activeElement;
    const isFree = focused === null || focused === document.body || focused.matches('h1, .slot, dialog, dialog button');
    if (isFree)
      buttons()
        .find((button) => button.dataset['key'] === keyOf(best))
        ?.focus();
  }, [answer]);

  const move = (event: KeyboardEvent): void => {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const day = all[at]?.dataset['day'];
    const target = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      ArrowRight: all.findIndex((button, index) => index > at && button.dataset['day'] !== day),
      ArrowLeft: firstOfDayBefore(all, at),
      Home: 0,
      End: all.length - 1,
    }[event.key];
    const button = target === undefined || at < 0 ? undefined : all[target];
    if (button === undefined) return;
    event.preventDefault();
    button.focus();
    setCurrent(button.dataset['key'] ?? '');
  };

  if (best === undefined) {
    return (
      <EmptyState
        icon="clock"
        title="No free time"
        actions={
          answer.refused.some(({ rule }) => rule === 'student_licence') ? (
            <LicenceLink studentId={defaults.student.id} />
          ) : (
            <Button onClick={onLater}>Search the next two weeks</Button>
          )
        }
      >
        {answer.refused[0]?.message ?? 'There is no instructor to choose from.'}
      </EmptyState>
    );
  }
  return (
    <div class="slots" ref={listRef} onKeyDown={move}>
      {days.map(({ day, slots, more }) => (
        <section key={day} class="slot-day" aria-label={longDayText(day)}>
          <h3>{longDayText(day)}</h3>
          <ul>
            {slots.map((slot) => {
              const key = keyOf(slot);
              return (
                <li key={key}>
                  <button
                    type="button"
                    class="slot"
                    data-key={key}
                    data-day={day}
                    tabIndex={key === current ? 0 : -1}
                    aria-busy={chosen !== undefined && keyOf(chosen) === key}
                    onFocus={() => setCurrent(key)}
                    onClick={() => onChoose(slot)}
                  >
                    <strong>{timesText(slot.local_start, minutes)}</strong>
                    <span>{nameOf(defaults.instructors, slot.instructor_id)}</span>
                    <span class="muted">{nameOf(defaults.vehicles, slot.vehicle_id)}</span>
                    {slot === best && <Badge tone="success">Best</Badge>}
                  </button>
                </li>
              );
            })}
          </ul>
          {more > 0 && (
            <Button variant="quiet" size="small" onClick={() => setOpenDays(new Set([...openDays, day]))}>
              {`Show ${more} more on this day`}
            </Button>
          )}
        </section>
      ))}
      <div class="button-row">
        <Button onClick={onLater}>Later times</Button>
      </div>
    </div>
  );
}

/** Leads to the record of a student whose licence does not allow lessons. */
export function LicenceLink({ studentId }: { readonly studentId: string }): JSX.Element {
  return (
    <LinkButton variant="primary" href={studentEditPage.href({ studentId })}>
      Edit the student’s licence
    </LinkButton>
  );
}

/** Why some instructors have no slot, collapsed. */
export function RefusedInstructors({
  answer,
  defaults,
}: {
  readonly answer: SlotAnswer;
  readonly defaults: PlanDefaults;
}): JSX.Element | null {
  const { refused } = answer;
  if (refused.length === 0) return null;
  const count = refused.length === 1 ? '1 instructor has' : `${refused.length} instructors have`;
  return (
    <details class="why-not">
      <summary>{`${count} no free time: why?`}</summary>
      <ul>
        {refused.map(({ instructor_id, message, until }) => (
          <li key={instructor_id}>
            <strong>{nameOf(defaults.instructors, instructor_id)}</strong>
            <span>
              {message}
              {until !== null && <span class="muted"> {`Until ${dateText(until)}.`}</span>}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function keyOf(slot: OfferedSlot | undefined): string {
  return slot === undefined ? '' : `${slot.starts_at} ${slot.instructor_id}`;
}

function firstOfDayBefore(all: readonly HTMLButtonElement[], at: number): number {
  const day = all[at]?.dataset['day'];
  const before = all.findLast((button, index) => index < at && button.dataset['day'] !== day)?.dataset['day'];
  return all.findIndex((button) => button.dataset['day'] === before);
}
