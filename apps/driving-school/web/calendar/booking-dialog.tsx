import { Button, CheckboxField, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { LessonType, LocationFacts } from '../../contract/booking/world.ts';
import type { CalendarLesson } from '../../contract/calendar.ts';
import type { Lesson, NearestSlot } from '../../contract/lessons.ts';
import type { RuleName } from '../../contract/rules.ts';
import type { StudentSummary } from '../../contract/students.ts';
import { api, type EnrolmentChoice } from '../api.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { TextAreaField } from '../text-area-field.tsx';
import {
  type BookingDraft,
  bookingBody,
  draftTimeOf,
  type LessonIdentity,
  overridesOf,
  type Reasons,
  startOf,
} from './booking-draft.ts';
import { combined, explanationOf, missingReasons } from './against.ts';
import { lessonTypeNames } from '../lesson-type-names.ts';
import { clockTextAt, monthDay } from './calendar-text.ts';
import { freeVehicle } from './calendar-verdict.ts';
import { type Option, PlaceFields } from './place-fields.tsx';
import { relayBefore } from './relay.ts';
import { type ServerRefusal, serverRefusalOf } from './server-refusal.ts';
import { StudentSearch } from './student-search.tsx';
import { useJudgement } from './use-judgement.ts';
import { vehicleOptions } from './vehicle-options.ts';
import { NearestSlots, VerdictList } from './verdict-list.tsx';
import type { Worlds } from './worlds.ts';

/** Where in the calendar a booking begins. */
export interface BookingStart {
  readonly startsAt: number;
  readonly instructorId: string;
  readonly vehicleId: string;
  readonly locationId: string;
  readonly minutes: number;
}

/** A location to choose from. */
type Place = Pick<LocationFacts, 'id' | 'name' | 'time_zone'>;

/** The data that the dialogs of the calendar share. */
export interface DialogContext {
  readonly worlds: Worlds;
  readonly locations: readonly Place[];
  readonly instructors: readonly Option[];
  /** The zone of the calendar. */
  readonly zone: string;
  /** The lessons that are shown, for the instructor's usual car. */
  readonly lessons: readonly CalendarLesson[];
}

interface BookingContent {
  readonly draft: BookingDraft;
  readonly reasons: Reasons;
}

const typeOptions = Object.entries(lessonTypeNames).map(([value, label]) => ({ value: value as LessonType, label }));

/** Books a lesson at a time in the calendar. */
export function BookingDialog({
  start: initial,
  context,
  onBooked,
  onClose,
}: {
  readonly start: BookingStart;
  readonly context: DialogContext;
  readonly onBooked: (lesson: Lesson, student: StudentSummary) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { worlds, locations, instructors, lessons } = context;
  const zoneOf = (locationId: string): string =>
    locations.find(({ id }) => id === locationId)?.time_zone ?? context.zone;
  const [draft, setDraft] = useState<BookingDraft>(() => ({
    ...draftTimeOf(initial.startsAt, zoneOf(initial.locationId)),
    minutes: initial.minutes,
    instructorId: initial.instructorId,
    vehicleId: initial.vehicleId,
    locationId: initial.locationId,
    type: 'private',
    pickup: '',
    dropOff: '',
    notes: '',
    referenceNumber: '',
  }));
  const [student, setStudent] = useState<StudentSummary | undefined>(undefined);
  const [hasChosenType, setHasChosenType] = useState(false);
  const [chosenVehicle, setChosenVehicle] = useState(initial.vehicleId !== '');
  const [isRelay, setIsRelay] = useState(false);
  const [reasons, setReasons] = useState<Reasons>({});
  const [refusal, setRefusal] = useState<ServerRefusal | undefined>(undefined);
  const [details, setDetails] = useState(false);
  const enrolments = useEnrolments(student?.id);
  const enrolment = enrolmentFor(draft.type, enrolments);
  const location = locations.find(({ id }) => id === draft.locationId);
  const zone = zoneOf(draft.locationId);

  // A student in a course usually drives for it. The courses may arrive after the clerk has chosen.
  useEffect(() => {
    if (enrolments !== undefined && !hasChosenType)
      setDraft((earlier) => ({ ...earlier, type: usualType(enrolments) }));
  }, [enrolments]);

  const typed = startOf(draft, zone);
  const before = typed.ok
    ? relayBefore(lessons, { instructorId: draft.instructorId, startsAt: typed.epochMs })
    : undefined;
  const followed = isRelay ? before : undefined;
  const identity: LessonIdentity | undefined =
    student === undefined || enrolments === undefined
      ? undefined
      : {
          lesson_id: null,
          type: draft.type,
          student_id: student.id,
          enrolment_id: enrolment?.id ?? null,
          relay_after: followed?.id ?? null,
        };
  const withoutCar = useJudgement({ ...draft, vehicleId: '' }, identity, location, worlds);
  const usualCars = lessons
    .filter(({ instructor_id: id, status }) => id === draft.instructorId && status !== 'cancelled')
    .map(({ vehicle_id: id }) => id);
  const suggested =
    withoutCar.proposal === undefined || withoutCar.world === undefined
      ? undefined
      : freeVehicle(withoutCar.proposal, withoutCar.world, usualCars)?.id;
  const vehicleId = followed === undefined ? (suggested ?? '') : (followed.vehicle_id ?? '');
  const shown = chosenVehicle && followed === undefined ? draft : { ...draft, vehicleId };
  const judgement = useJudgement(shown, identity, location, worlds);
  const { verdict, start } = judgement;
  const against = combined(verdict, refusal, zone);

  const change = (changes: Partial<BookingDraft>): void => {
    setRefusal(undefined);
    booking.setProblems({});
    if (changes.vehicleId !== undefined) {
      setChosenVehicle(true);
      // A relay stays in its car.
      setIsRelay(false);
    }
    setDraft({ ...draft, ...changes });
  };

  const booking = useSubmit<BookingContent, 'student' | 'date' | 'time' | RuleName>({
    fields: ['student'],
    repeatable: true,
    check: () => ({
      ...(student === undefined
        ? { student: 'Choose a student.' }
        : identity === undefined && { student: 'The courses of this student are still loading. Try again.' }),
      ...(!start.ok && { [start.field]: start.message }),
      ...missingReasons(against.refusals, reasons),
    }),
    async send(content, key) {
      if (student === undefined || identity === undefined || !start.ok) return;
      const overrides = overridesOf(against.refusals, content.reasons);
      const { data } = await api.bookLesson(bookingBody(content.draft, identity, start.text, overrides), key);
      onBooked(data, student);
    },
    explain(error) {
      worlds.forget();
      const refused = serverRefusalOf(error);
      setRefusal(refused);
      return refused === undefined ? undefined : explanationOf(refused);
    },
  });
  const nearestText = (slot: NearestSlot): string => {
    const at = Date.parse(slot.starts_at);
    const { date } = draftTimeOf(at, zone);
    const who = slot.instructor_id === draft.instructorId ? '' : `, ${nameOf(instructors, slot.instructor_id)}`;
    return `${date === draft.date ? '' : `${monthDay(date)}, `}${clockTextAt(at, zone)}${who}`;
  };

  return (
    <FormDialog
      title="Book a lesson"
      submission={booking}
      content={{ draft: shown, reasons }}
      submitLabel="Book lesson"
      onClose={onClose}
    >
      {student === undefined ? (
        <StudentSearch
          problem={booking.problems.student}
          onChoose={(chosen) => {
            booking.setProblems({});
            setStudent(chosen);
            // Enter books from here.
            requestAnimationFrame(() => document.getElementById('place-time')?.focus());
          }}
        />
      ) : (
        <div class="chosen-student">
          <p>
            <span class="muted">Student</span>
            <strong>{student.display_name}</strong>
          </p>
          <Button
            size="small"
            onClick={() => {
              setStudent(undefined);
              setRefusal(undefined);
            }}
          >
            Change<span class="visually-hidden"> student</span>
          </Button>
        </div>
      )}
      <SelectField
        label="Type"
        value={draft.type}
        options={typeOptions}
        problem={
          identity !== undefined && draft.type === 'bde_in_vehicle' && enrolment === undefined
            ? 'This student has no course. Choose another type, or add the course on the student’s page.'
            : undefined
        }
        onChange={(type) => {
          setHasChosenType(true);
          change({ type });
        }}
      />
      <PlaceFields
        draft={shown}
        start={start}
        zone={zone}
        schoolZone={context.zone}
        instructors={instructors}
        vehicles={vehicleOptions(withoutCar.world, withoutCar.proposal)}
        locations={locations}
        onChange={change}
      />
      {before !== undefined && (
        <CheckboxField
          id="booking-relay"
          label={`Relay: directly after the lesson of ${before.student_name}`}
          hint="Without a break in between, with the same instructor and car."
          checked={followed !== undefined}
          onChange={(checked) => {
            setRefusal(undefined);
            booking.setProblems({});
            setIsRelay(checked);
          }}
        />
      )}
      {student !== undefined && (
        <VerdictList
          state={judgement.state}
          {...against}
          reasons={reasons}
          problems={booking.problems}
          onReason={(rule, reason) => setReasons({ ...reasons, [rule]: reason })}
        />
      )}
      <NearestSlots
        slots={refusal?.nearest ?? []}
        textOf={nearestText}
        onChoose={(slot) => {
          booking.show({});
          change({
            ...draftTimeOf(Date.parse(slot.starts_at), zone),
            instructorId: slot.instructor_id,
            ...(slot.vehicle_id === null ? {} : { vehicleId: slot.vehicle_id }),
          });
        }}
      />
      {draft.type === 'road_test' && (
        <TextField
          id="booking-reference"
          label="DriveTest reference number"
          autocomplete="off"
          maxlength={40}
          value={draft.referenceNumber}
          hint="From pickup to return. A test can be moved or cancelled until 48 hours before."
          onInput={(referenceNumber) => change({ referenceNumber })}
        />
      )}
      {details ? (
        <>
          <div class="form-fields">
            <TextField
              id="booking-pickup"
              label="Pickup"
              autocomplete="off"
              maxlength={200}
              value={draft.pickup}
              onInput={(pickup) => setDraft({ ...draft, pickup })}
            />
            <TextField
              id="booking-drop-off"
              label="Drop-off"
              autocomplete="off"
              maxlength={200}
              value={draft.dropOff}
              onInput={(dropOff) => setDraft({ ...draft, dropOff })}
            />
          </div>
          <TextAreaField
            id="booking-notes"
            label="Notes"
            value={draft.notes}
            onInput={(notes) => setDraft({ ...draft, notes })}
          />
        </>
      ) : (
        <div>
          <Button
            variant="quiet"
            size="small"
            icon="plus"
            onClick={() => {
              setDetails(true);
              requestAnimationFrame(() => document.getElementById('booking-pickup')?.focus());
            }}
          >
            Pickup, drop-off, notes
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

/** The active courses of a student; undefined while they are loading. */
function useEnrolments(studentId: string | undefined): readonly EnrolmentChoice[] | undefined {
  const [loaded, setLoaded] = useState<{ readonly of: string; readonly enrolments: readonly EnrolmentChoice[] }>();
  useEffect(() => {
    if (studentId === undefined) return undefined;
    const controller = new AbortController();
    api.enrolmentChoices(studentId, controller.signal).then(
      ({ data }) => setLoaded({ of: studentId, enrolments: data.filter(({ status }) => openStatuses.has(status)) }),
      // Without courses, other types of lessons can still be booked.
      () => !controller.signal.aborted && setLoaded({ of: studentId, enrolments: [] }),
    );
    return () => controller.abort();
  }, [studentId]);
  return loaded?.of === studentId ? loaded?.enrolments : undefined;
}

/** Courses in which lessons can be booked. */
const openStatuses: ReadonlySet<string> = new Set(['active', 'complete', 'certifiable']);

function usualType(enrolments: readonly EnrolmentChoice[]): LessonType {
  return enrolments.some(({ kind, status }) => kind === 'bde' && status === 'active') ? 'bde_in_vehicle' : 'private';
}

/** The course that a lesson belongs to. */
function enrolmentFor(type: LessonType, enrolments: readonly EnrolmentChoice[] = []): EnrolmentChoice | undefined {
  if (type === 'road_test') return undefined;
  const kind = type === 'bde_in_vehicle' ? 'bde' : 'lesson_pack';
  return enrolments.find((each) => each.kind === kind);
}

function nameOf(options: readonly Option[], id: string): string {
  return options.find((option) => option.id === id)?.name ?? 'another instructor';
}
