import { Badge, Banner, Button, DataList, Dialog, type Fact, LinkButton, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CalendarLesson } from '../../contract/calendar.ts';
import { type CancelReason, cancelReasons, type Lesson, type LessonMove } from '../../contract/lessons.ts';
import { formatPhone } from '../../contract/parsers.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import type { RuleName } from '../../contract/rules.ts';
import { api } from '../api.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { studentPage } from '../students/pages.ts';
import { combined, explanationOf, missingReasons } from './against.ts';
import type { DialogContext } from './booking-dialog.tsx';
import { draftTimeOf, overridesOf, type PlaceDraft, type Reasons, startOf, withOverrides } from './booking-draft.ts';
import { changeOf } from './calendar-move.ts';
import { lessonTypeNames } from '../lesson-type-names.ts';
import {
  cancelReasonNames,
  clocksDiffer,
  clockTextAt,
  longDay,
  monthDay,
  statusNames,
  timesOf,
  zoneShort,
} from './calendar-text.ts';
import { PlaceFields } from './place-fields.tsx';
import { type ServerRefusal, serverRefusalOf } from './server-refusal.ts';
import { useJudgement } from './use-judgement.ts';
import { vehicleOptions } from './vehicle-options.ts';
import { NearestSlots, VerdictList } from './verdict-list.tsx';

/** The forms of the lesson's dialog. */
export type LessonMode = 'details' | 'move' | 'cancel';

/** Props that the forms of a lesson share. */
interface LessonFormProps {
  readonly lesson: CalendarLesson;
  readonly context: DialogContext;
  readonly onChanged: (lesson: Lesson, what: 'moved' | 'cancelled') => void;
  /** Someone else has changed the lesson: reads the calendar again. */
  readonly onOutdated: () => void;
  readonly onClose: () => void;
}

/** A lesson with everything that the office needs to know, and what can be done with it. */
export function LessonDialog({
  lesson,
  context,
  readOnly,
  disabledReason,
  nowMs,
  onMode,
  onUndo,
  onClose,
}: Pick<LessonFormProps, 'lesson' | 'context' | 'onClose'> & {
  readonly readOnly: boolean;
  readonly disabledReason: string | undefined;
  readonly nowMs: number;
  readonly onMode: (mode: LessonMode) => void;
  readonly onUndo: () => void;
}): JSX.Element {
  const { time_zone: zone } = lesson;
  const start = Date.parse(lesson.starts_at);
  const isOtherZone = clocksDiffer(start, zone, context.zone);
  const canUndo = lesson.undo_until !== null && Date.parse(lesson.undo_until) > nowMs;
  const isBooked = lesson.status === 'booked';
  return (
    <Dialog
      title={lesson.student_name}
      onClose={onClose}
      disabledReason={readOnly ? undefined : disabledReason}
      footer={
        readOnly ? undefined : (
          <>
            {canUndo && (
              <Button disabledReason={disabledReason} onClick={onUndo}>
                Undo last change
              </Button>
            )}
            {isBooked && (
              <Button variant="danger-quiet" disabledReason={disabledReason} onClick={() => onMode('cancel')}>
                Cancel lesson
              </Button>
            )}
            {isBooked && (
              <Button variant="primary" disabledReason={disabledReason} onClick={() => onMode('move')}>
                Move
              </Button>
            )}
          </>
        )
      }
    >
      <div class="lesson-head">
        <p class="lesson-when">
          <strong>{longDay(lesson.local_date)}</strong>
          <span class="numbers">
            {timesOf(lesson)}
            {isOtherZone && ` ${zoneShort(start, zone)} (${clockTextAt(start, context.zone)} here)`}
          </span>
        </p>
        <p class="lesson-badges">
          <Badge tone={statusTones[lesson.status]}>{statusNames[lesson.status]}</Badge>
          <Badge>{lessonTypeNames[lesson.type]}</Badge>
          <span class="muted numbers">{lesson.short_code}</span>
        </p>
      </div>
      <div class="lesson-facts">
        <DataList facts={factsOf(lesson, context)} />
      </div>
      {lesson.overrides.length > 0 && (
        <Banner tone="warning" title="Booked with an override">
          <ul class="override-list">
            {lesson.overrides.map(({ rule, reason }) => (
              <li key={rule}>
                {ruleText(rule)}: {reason}
              </li>
            ))}
          </ul>
        </Banner>
      )}
      <div class="button-row">
        <LinkButton size="small" icon="student" href={studentPage.href({ studentId: lesson.student_id })}>
          Student’s page
        </LinkButton>
        <LinkButton
          size="small"
          icon="file"
          href={`/day-sheet/${lesson.local_date}?instructor_id=${encodeURIComponent(lesson.instructor_id)}`}
        >
          Day sheet
        </LinkButton>
      </div>
    </Dialog>
  );
}

const statusTones = { booked: 'info', cancelled: 'neutral', done: 'success', no_show: 'danger' } as const;

/** A rule's name as text: `Instructor hours` for `instructor_hours`. */
function ruleText(rule: RuleName): string {
  const words = rule.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function factsOf(lesson: CalendarLesson, { lessons, locations }: DialogContext): Fact[] {
  const byId = (id: string | null): CalendarLesson | undefined => lessons.find((each) => each.id === id);
  const previous = byId(lesson.relay_after);
  const next = lessons.find(({ relay_after: after }) => after === lesson.id);
  const zone = lesson.time_zone;
  const instantText = (instant: string): string => {
    const at = draftTimeOf(Date.parse(instant), zone);
    return `${monthDay(at.date)}, ${at.time}`;
  };
  const location = locations.length > 1 ? locations.find(({ id }) => id === lesson.location_id)?.name : undefined;
  return [
    ...(lesson.student_phone === null
      ? []
      : [
          {
            name: 'Phone',
            value: (
              <a class="numbers" href={`tel:${lesson.student_phone}`}>
                {formatPhone(lesson.student_phone)}
              </a>
            ),
          },
        ]),
    ...fact('Instructor', lesson.instructor_name),
    ...fact('Car', lesson.vehicle_name ?? 'Without a car'),
    ...fact('Length', lengthText(lesson.minutes)),
    ...fact('Location', location),
    ...fact('Pickup', lesson.pickup),
    ...fact('Drop-off', lesson.drop_off),
    ...fact('Follows', previous === undefined ? undefined : `${previous.student_name}, without a break (relay)`),
    ...fact('Then', next === undefined ? undefined : `${next.student_name}, without a break (relay)`),
    ...fact('DriveTest reference', lesson.reference_number),
    ...fact(
      'Move or cancel the test by',
      lesson.type === 'road_test' && lesson.cancel_by !== null ? instantText(lesson.cancel_by) : undefined,
    ),
    ...fact(
      'Cancelled',
      lesson.status === 'cancelled'
        ? [
            lesson.status_reason === null ? undefined : reasonText(lesson.status_reason),
            lesson.cancelled_notice_at === null ? undefined : `notice on ${instantText(lesson.cancelled_notice_at)}`,
          ]
            .filter((part) => part !== undefined)
            .join(', ')
        : undefined,
    ),
    ...fact('Notes', lesson.notes),
  ];
}

function fact(name: string, value: string | null | undefined): Fact[] {
  return value === null || value === undefined || value === '' ? [] : [{ name, value }];
}

function reasonText(reason: string): string {
  const known = cancelReasons.find((each) => each === reason);
  return known === undefined ? reason : cancelReasonNames[known];
}

/** Moves a lesson with a form: for those who neither drag nor use keys. */
export function MoveDialog({
  lesson,
  context,
  change: wanted,
  refusal: firstRefusal,
  onChanged,
  onOutdated,
  onClose,
}: LessonFormProps & {
  /** A move that the server refused, to begin with. */
  readonly change?: LessonMove | undefined;
  readonly refusal?: ServerRefusal | undefined;
}): JSX.Element {
  const { worlds, locations, instructors, zone: schoolZone } = context;
  const [draft, setDraft] = useState<PlaceDraft>(() => draftOf(lesson, wanted));
  const [reasons, setReasons] = useState<Reasons>({});
  const [refusal, setRefusal] = useState(firstRefusal);
  const location = locations.find(({ id }) => id === draft.locationId);
  const zone = location?.time_zone ?? lesson.time_zone;
  const judgement = useJudgement(
    draft,
    {
      lesson_id: lesson.id,
      type: lesson.type,
      student_id: lesson.student_id,
      enrolment_id: lesson.enrolment_id,
      relay_after: isAt(draft, lesson) ? lesson.relay_after : null,
    },
    location,
    worlds,
    // A lesson that stays keeps its buffer.
    isAt(draft, lesson) ? lesson.buffer_after_minutes : undefined,
  );
  const { verdict, start, proposal, world } = judgement;
  const against = combined(verdict, refusal, zone);
  const set = (changes: Partial<PlaceDraft>): void => {
    setRefusal(undefined);
    moving.show({});
    setDraft({ ...draft, ...changes });
  };
  const moving = useSubmit<{ readonly draft: PlaceDraft; readonly reasons: Reasons }, 'date' | 'time' | RuleName>({
    repeatable: true,
    check: () => ({ ...(!start.ok && { [start.field]: start.message }), ...missingReasons(against.refusals, reasons) }),
    async send(content, idempotencyKey) {
      const change = proposal === undefined ? {} : changeOf(lesson, proposal);
      if (Object.keys(change).length === 0) {
        onClose();
        return;
      }
      const body = withOverrides(change, overridesOf(against.refusals, content.reasons));
      const { data } = await api.moveLesson(lesson.id, body, { version: lesson.version, idempotencyKey });
      onChanged(data, 'moved');
    },
    explain(error) {
      worlds.forget();
      const refused = serverRefusalOf(error);
      setRefusal(refused);
      if (refused !== undefined) return explanationOf(refused);
      if (isOutdated(error)) onOutdated();
      return undefined;
    },
  });
  return (
    <FormDialog
      title={`Move ${lesson.student_name}`}
      intro={`Now ${monthDay(lesson.local_date)}, ${timesOf(lesson)}, with ${lesson.instructor_name}.`}
      submission={moving}
      content={{ draft, reasons }}
      submitLabel="Move lesson"
      onClose={onClose}
    >
      <PlaceFields
        draft={draft}
        start={start}
        zone={zone}
        schoolZone={schoolZone}
        instructors={instructors}
        vehicles={vehicleOptions(world, proposal)}
        locations={locations}
        onChange={set}
      />
      <VerdictList
        state={judgement.state}
        {...against}
        reasons={reasons}
        problems={moving.problems}
        onReason={(rule, reason) => setReasons({ ...reasons, [rule]: reason })}
      />
      <NearestSlots
        slots={refusal?.nearest ?? []}
        textOf={({ starts_at, instructor_id: id }) => {
          const at = draftTimeOf(Date.parse(starts_at), zone);
          const who = id === draft.instructorId ? '' : `, ${instructors.find((each) => each.id === id)?.name ?? ''}`;
          return `${at.date === draft.date ? '' : `${monthDay(at.date)}, `}${at.time}${who}`;
        }}
        onChoose={(slot) =>
          set({
            ...draftTimeOf(Date.parse(slot.starts_at), zone),
            instructorId: slot.instructor_id,
            vehicleId: slot.vehicle_id ?? '',
          })
        }
      />
    </FormDialog>
  );
}

function draftOf(lesson: CalendarLesson, change: LessonMove = {}): PlaceDraft {
  const startsAt = Date.parse(change.starts_at ?? lesson.starts_at);
  return {
    ...draftTimeOf(startsAt, lesson.time_zone),
    minutes: change.minutes ?? lesson.minutes,
    instructorId: change.instructor_id ?? lesson.instructor_id,
    vehicleId: (change.vehicle_id === undefined ? lesson.vehicle_id : change.vehicle_id) ?? '',
    locationId: change.location_id ?? lesson.location_id,
  };
}

/** Whether a draft leaves the lesson where it is. */
function isAt(draft: PlaceDraft, lesson: CalendarLesson): boolean {
  return JSON.stringify(draft) === JSON.stringify(draftOf(lesson));
}

/** Asks for the reasons that a move needs. */
export function ReasonsDialog({
  lesson,
  refusals,
  send,
  onClose,
}: {
  readonly lesson: CalendarLesson;
  readonly refusals: readonly {
    readonly rule: RuleName;
    readonly kind: 'hard' | 'soft' | 'advice';
    readonly message: string;
  }[];
  /** Sends the move with reasons; shows how it ends. */
  readonly send: (reasons: Reasons) => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const [reasons, setReasons] = useState<Reasons>({});
  const submission = useSubmit<Reasons, RuleName>({
    check: () =>
      Object.fromEntries(
        refusals
          .filter(({ rule }) => (reasons[rule] ?? '').trim() === '')
          .map(({ rule }) => [rule, 'Give a reason, or put the lesson back.']),
      ),
    send,
  });
  return (
    <FormDialog
      title={`Move ${lesson.student_name} anyway?`}
      submission={submission}
      content={reasons}
      submitLabel="Move lesson"
      onClose={onClose}
    >
      {refusals.map(({ rule, message }, index) => (
        <TextField
          key={rule}
          id={`reason-${rule}`}
          autofocus={index === 0}
          label="Reason"
          warning={message}
          autocomplete="off"
          maxlength={200}
          value={reasons[rule] ?? ''}
          problem={submission.problems[rule]}
          onInput={(reason) => setReasons({ ...reasons, [rule]: reason })}
        />
      ))}
    </FormDialog>
  );
}

/** Cancels a lesson with a reason, and the time of the notice when it came earlier. */
export function CancelDialog({ lesson, context, onChanged, onOutdated, onClose }: LessonFormProps): JSX.Element {
  const [reason, setReason] = useState<CancelReason>('student');
  const [earlier, setEarlier] = useState(false);
  const [notice, setNotice] = useState({ date: lesson.local_date, time: '', choice: '' });
  const noticeStart = startOf({ ...draftOf(lesson), ...notice }, context.zone);
  const cancelling = useSubmit<
    { readonly reason: CancelReason; readonly notice: unknown },
    'date' | 'time' | 'notice_at'
  >({
    fields: ['notice_at'],
    repeatable: true,
    check: () => (earlier && !noticeStart.ok ? { [noticeStart.field]: noticeStart.message } : {}),
    async send(content, idempotencyKey) {
      const notice_at = earlier && noticeStart.ok ? new Date(noticeStart.epochMs).toISOString() : undefined;
      const { data } = await api.cancelLesson(
        lesson.id,
        { reason: content.reason, ...(notice_at !== undefined && { notice_at }) },
        { version: lesson.version, idempotencyKey },
      );
      onChanged(data, 'cancelled');
    },
    explain(error) {
      if (isOutdated(error)) onOutdated();
      return undefined;
    },
  });
  return (
    <FormDialog
      title={`Cancel the lesson of ${lesson.student_name}, ${timesOf(lesson)}?`}
      intro="The time becomes free. You can undo it for ten minutes."
      submission={cancelling}
      content={{ reason, notice: earlier ? notice : undefined }}
      submitLabel="Cancel lesson"
      cancelLabel="Keep lesson"
      danger
      onClose={onClose}
    >
      <fieldset class="reason-choices">
        <legend>Reason</legend>
        {cancelReasons.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="cancel-reason"
              checked={each === reason}
              autofocus={each === reason}
              onChange={() => setReason(each)}
            />
            {cancelReasonNames[each]}
          </label>
        ))}
      </fieldset>
      <SelectField
        label="Notice received"
        value={earlier ? 'earlier' : 'now'}
        options={[
          { value: 'now', label: 'Just now' },
          { value: 'earlier', label: 'Earlier' },
        ]}
        onChange={(when) => setEarlier(when === 'earlier')}
      />
      {earlier && (
        <div class="form-fields">
          <TextField
            id="notice-date"
            label="Day"
            type="date"
            value={notice.date}
            problem={cancelling.problems.date}
            onInput={(date) => setNotice({ ...notice, date, choice: '' })}
          />
          <TextField
            id="notice-time"
            label="Time"
            inputmode="numeric"
            autocomplete="off"
            value={notice.time}
            problem={cancelling.problems.time ?? cancelling.problems.notice_at}
            onInput={(time) => setNotice({ ...notice, time, choice: '' })}
          />
        </div>
      )}
    </FormDialog>
  );
}

function isOutdated(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 412;
}
