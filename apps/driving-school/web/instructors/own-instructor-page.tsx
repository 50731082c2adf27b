import { PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { api } from '../api.ts';
import { CalendarFeedsCard } from '../feeds/calendar-feeds-card.tsx';
import { ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { user } from '../session.ts';
import { HoursCard } from './hours-card.tsx';
import { InstructorFacts } from './instructor-page.tsx';
import { LicenceMark } from './instructor-text.tsx';
import { TimeOffCard } from './time-off-card.tsx';
import './instructors.css';

/** Shows instructors their own hours, time off and dates. The office changes them. */
export function OwnInstructorPage(): JSX.Element {
  const id = user.value?.id ?? '';
  const record = useResource((signal) => api.instructor(id, signal), [id]);
  const hours = useResource((signal) => api.instructorHours(id, signal), [id]);
  return (
    <div class="page">
      <PageHeader
        title="My hours"
        description="Is something wrong? Tell the office: it changes hours and time off."
        beside={record.value !== undefined && <LicenceMark named instructor={record.value.data} />}
      />
      <div class="instructor-columns">
        <ResourceView resource={hours} name="Your working hours" skeleton={<SkeletonCard lines={7} />}>
          {(answer) => <HoursCard answer={answer} />}
        </ResourceView>
        <div class="stack">
          <TimeOffCard instructorId={id} name="you" readOnly />
          {id !== '' && <CalendarFeedsCard instructorId={id} />}
          <ResourceView resource={record} name="Your details" skeleton={<SkeletonCard lines={4} />}>
            {({ data }) => <InstructorFacts instructor={data} />}
          </ResourceView>
        </div>
      </div>
    </div>
  );
}
