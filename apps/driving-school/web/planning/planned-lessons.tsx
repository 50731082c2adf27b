import { Badge, Banner, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { PlanDefaults, PlanPreview } from '../../contract/planning.ts';
import { LicenceLink } from './slot-list.tsx';
import { dayText, nameOf, timesText } from './slot-text.ts';

type PlannedLesson = PlanPreview['lessons'][number];

/** The lessons of a preview in their order, then those that found no place, with the reasons. */
export function PlannedLessons({
  plan,
  defaults,
  onChange,
}: {
  readonly plan: PlanPreview;
  readonly defaults: PlanDefaults;
  /** Chooses another time for a lesson; undefined for one without a time. */
  readonly onChange: (lesson: PlannedLesson | undefined) => void;
}): JSX.Element {
  const reasons = plan.unplaced[0]?.reasons ?? [];
  // In a first preview, all lessons are new.
  const hasKept = plan.lessons.some(({ kept }) => kept);
  const licence = reasons.find(({ rule }) => rule === 'student_licence');
  return (
    <>
      {licence !== undefined && (
        <Banner tone="warning" title={licence.message} actions={<LicenceLink studentId={defaults.student.id} />} />
      )}
      <ol class="planned">
        {plan.lessons.map((lesson) => (
          <li key={lesson.starts_at}>
            <strong class="planned-day">{dayText(lesson.local_date)}</strong>
            <span class="planned-time">{timesText(lesson.local_start, lesson.minutes)}</span>
            <span class="planned-who">{nameOf(defaults.instructors, lesson.instructor_id)}</span>
            <span class="planned-car muted">{nameOf(defaults.vehicles, lesson.vehicle_id)}</span>
            <span class="planned-actions">
              {hasKept && !lesson.kept && <Badge tone="info">New</Badge>}
              <Button
                variant="quiet"
                size="small"
                aria-label={`Change the lesson on ${dayText(lesson.local_date)}`}
                onClick={() => onChange(lesson)}
              >
                Change
              </Button>
            </span>
          </li>
        ))}
        {plan.unplaced.map(({ index }) => (
          <li key={index} class="unplaced">
            <strong>No time found</strong>
            <span class="planned-actions">
              <Button
                size="small"
                aria-label={`Choose a time for lesson ${index + 1}`}
                onClick={() => onChange(undefined)}
              >
                Choose a time
              </Button>
            </span>
          </li>
        ))}
      </ol>
      {reasons.length > 0 && (
        <details class="why-not" open={plan.lessons.length === 0 && licence === undefined}>
          <summary>Why was no time found?</summary>
          <ul>
            {reasons.map(({ day, message }, index) => (
              <li key={`${day} ${index}`}>
                <strong>{day === null ? 'After that' : dayText(day)}</strong>
                <span>{message}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
