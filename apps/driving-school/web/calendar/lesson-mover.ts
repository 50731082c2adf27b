import { signal } from '@preact/signals';
import type { BookingWorld, Proposal } from '../../contract/booking/world.ts';
import type { CalendarLesson } from '../../contract/calendar.ts';
import type { LessonMove } from '../../contract/lessons.ts';
import type { Refusal } from '../../contract/rules.ts';
import type { Column } from './calendar-layout.ts';
import { changeOf, type Direction, type Place, placeOf, proposalAt, stepped } from './calendar-move.ts';
import { clockTextAt } from './calendar-text.ts';
import { noSuchTime, type Verdict, verdictOf } from './calendar-verdict.ts';

/** A lesson that has been lifted off its place. */
export interface Lift {
  readonly lesson: CalendarLesson;
  readonly by: 'keys' | 'pointer';
  readonly place: Place;
  /** Undefined while the facts are loading. */
  readonly verdict: Verdict | undefined;
  /** `asking`: for the reasons of overrides. `sending`: the change is on its way. */
  readonly state: 'held' | 'asking' | 'sending';
}

/** A move that is complete except for the reasons of its overrides. */
export interface PendingMove {
  readonly lesson: CalendarLesson;
  readonly change: LessonMove;
  readonly refusals: readonly Refusal[];
}

/** The page around a `LessonMover`. */
export interface MoverHost {
  /** The columns that are shown now. */
  columns(): readonly Column[];
  /** The zone of the calendar. */
  zone(): string;
  /** The facts for moving a lesson within the days that are shown. */
  world(lesson: CalendarLesson): Promise<BookingWorld>;
  /** Sends a change and shows how it ends. @returns whether it was made */
  send(move: PendingMove): Promise<boolean>;
  /** Asks for the reasons of overrides, then sends. @returns whether the change was made */
  askReasons(move: PendingMove): Promise<boolean>;
  /** Tells screen readers. */
  say(text: string): void;
  /** Shows why a drop was refused. */
  showRefusal(text: string): void;
}

/**
 * Moves a lesson from where it is lifted to where it is dropped, by pointer or by keyboard. Each place on the way is
 * judged before the drop: a refused place says why, and a drop there changes nothing.
 */
export class LessonMover {
  readonly #host: MoverHost;
  readonly #lift = signal<Lift | undefined>(undefined);
  #world: { readonly loaded: Promise<BookingWorld | undefined>; value: BookingWorld | undefined } | undefined;

  constructor(host: MoverHost) {
    this.#host = host;
  }

  /** The lifted lesson. */
  get lift(): Lift | undefined {
    return this.#lift.value;
  }

  /** The same without a subscription. */
  peek(): Lift | undefined {
    return this.#lift.peek();
  }

  /** Lifts a lesson off its place. Does nothing while another one is lifted. */
  start(lesson: CalendarLesson, by: Lift['by']): void {
    const place = placeOf(lesson.id, this.#host.columns());
    if (this.#lift.peek() !== undefined || place === undefined) return;
    const held = { value: undefined as BookingWorld | undefined };
    // Without the facts the server judges alone.
    const loaded = this.#host.world(lesson).catch(() => undefined);
    this.#world = Object.assign(held, { loaded });
    this.#lift.value = { lesson, by, place, verdict: undefined, state: 'held' };
    if (by === 'keys') {
      this.#host.say(`Lifted ${lesson.student_name}. Arrow keys move, Enter drops, Escape puts it back.`);
    }
    void loaded.then((world) => {
      held.value = world;
      const lift = this.#lift.peek();
      if (lift?.lesson.id === lesson.id && lift.state === 'held') this.#moveTo(lift.place, { silently: true });
    });
  }

  /** Moves the lifted lesson by one step. */
  step(direction: Direction, rows = 1): void {
    const lift = this.#lift.peek();
    if (lift?.state === 'held') this.#moveTo(stepped(lift.place, direction, this.#host.columns(), rows));
  }

  /** Moves the lifted lesson to where the pointer is. */
  hover(place: Place): void {
    const lift = this.#lift.peek();
    if (lift?.state !== 'held') return;
    if (lift.place.column !== place.column || lift.place.row !== place.row) this.#moveTo(place, { silently: true });
  }

  /** Drops the lesson where it is. A refused place keeps a lesson that was lifted by keyboard in the air. */
  async drop(): Promise<void> {
    const lift = this.#lift.peek();
    if (lift?.state !== 'held') return;
    if (lift.verdict === undefined) {
      await this.#world?.loaded;
      if (this.#lift.peek() !== lift && this.#lift.peek()?.verdict === undefined) return;
    }
    const current = this.#lift.peek();
    if (current?.state !== 'held') return;
    const proposal = proposalAt(current.lesson, current.place, this.#host.columns());
    const change = proposal === undefined ? undefined : changeOf(current.lesson, proposal);
    if (change !== undefined && Object.keys(change).length === 0) {
      this.putBack();
      return;
    }
    const verdict = proposal === undefined ? noSuchTime : (current.verdict ?? undefined);
    if (change === undefined || verdict?.kind === 'refused') {
      const text = verdict?.text ?? noSuchTime.text;
      if (current.by === 'pointer') {
        this.#lift.value = undefined;
        this.#host.showRefusal(text);
      } else {
        this.#host.say(`Can’t be dropped here. ${text}`);
      }
      return;
    }
    const soft = verdict?.refusals.filter(({ kind }) => kind === 'soft') ?? [];
    const move: PendingMove = { lesson: current.lesson, change, refusals: soft };
    this.#lift.value = { ...current, state: soft.length > 0 ? 'asking' : 'sending' };
    try {
      await (soft.length > 0 ? this.#host.askReasons(move) : this.#host.send(move));
    } finally {
      this.#lift.value = undefined;
    }
  }

  /** Puts the lesson back where it was. */
  putBack(): void {
    const lift = this.#lift.peek();
    if (lift === undefined || lift.state === 'sending') return;
    this.#lift.value = undefined;
    this.#host.say(
      `${lift.lesson.student_name} is back at ${clockTextAt(Date.parse(lift.lesson.starts_at), this.#host.zone())}.`,
    );
  }

  /** Keeps the lifted lesson after the calendar was read again; drops it when someone else has changed it. */
  reconcile(lessons: readonly CalendarLesson[]): void {
    const lift = this.#lift.peek();
    if (lift?.state !== 'held') return;
    const now = lessons.find(({ id }) => id === lift.lesson.id);
    if (now?.version === lift.lesson.version && now.status === 'booked') return;
    this.#lift.value = undefined;
    this.#host.showRefusal(`Someone else has just changed the lesson of ${lift.lesson.student_name}.`);
  }

  #moveTo(place: Place, { silently = false }: { readonly silently?: boolean } = {}): void {
    const lift = this.#lift.peek();
    if (lift === undefined) return;
    const columns = this.#host.columns();
    const proposal = proposalAt(lift.lesson, place, columns);
    const verdict = this.#judge(proposal);
    this.#lift.value = { ...lift, place, verdict };
    if (silently && lift.by === 'pointer') return;
    const time = proposal === undefined ? '' : `${clockTextAt(proposal.starts_at, this.#host.zone())}, `;
    const column = columns[place.column];
    const isOther = lift.place.column !== place.column || !silently;
    if (silently && verdict === undefined) return;
    this.#host.say(`${time}${isOther && column !== undefined ? `${column.name}, ` : ''}${spokenVerdict(verdict)}`);
  }

  #judge(proposal: Proposal | undefined): Verdict | undefined {
    if (proposal === undefined) return noSuchTime;
    const world = this.#world?.value;
    return world === undefined ? undefined : verdictOf(proposal, world, this.#host.zone());
  }
}

/** A verdict for the live region: `free`, or `refused: ...`. */
export function spokenVerdict(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'checking';
  switch (verdict.kind) {
    case 'free':
      return verdict.refusals.length === 0 ? 'free' : `free. ${verdict.text}`;
    case 'soft':
      return `needs a reason: ${verdict.text}`;
    case 'refused':
      return `refused: ${verdict.text}`;
    case 'unknown':
    default:
      return verdict.text;
  }
}
