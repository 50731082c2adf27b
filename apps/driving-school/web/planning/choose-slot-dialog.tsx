import { Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { OfferedSlot, PlanDefaults, PlanPreview } from '../../contract/planning.ts';
import { addDays } from '../../contract/parsers.ts';
import { api } from '../api.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import type { PlanDraft } from './plan-draft.ts';
import { RefusedInstructors, SlotList } from './slot-list.tsx';

/** Days of one search, both included. */
const searchDays = 14;

/** A dialog that chooses the time of one lesson of a plan. Times of the other lessons are left out. */
export function ChooseSlotDialog({
  draft,
  defaults,
  from: first,
  others,
  onChoose,
  onClose,
}: {
  readonly draft: PlanDraft;
  readonly defaults: PlanDefaults;
  /** The first day to show. */
  readonly from: string;
  /** The lessons of the plan that stay. */
  readonly others: PlanPreview['lessons'];
  readonly onChoose: (slot: OfferedSlot) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [from, setFrom] = useState(first);
  const minutes = Number(draft.minutes);
  const slots = useResource(
    async (signal) => {
      const answer = await api.planning.slots(
        {
          student_id: defaults.student.id,
          enrolment_id: draft.enrolmentId,
          minutes,
          from,
          to: addDays(from, searchDays - 1),
          limit: 1_000,
          ...(draft.locationId === '' ? {} : { location_id: draft.locationId }),
          ...(draft.instructorId === '' ? {} : { instructor_id: draft.instructorId }),
          ...(draft.vehicleId === '' ? {} : { vehicle_id: draft.vehicleId }),
        },
        signal,
      );
      return { ...answer, data: answer.data.filter((slot) => !others.some((lesson) => overlaps(lesson, slot))) };
    },
    [from],
  );
  return (
    <Dialog title="Choose a time" wide onClose={onClose}>
      <ResourceView resource={slots} name="Free times">
        {(answer) => (
          <div class="stack">
            <SlotList
              answer={answer}
              defaults={defaults}
              minutes={minutes}
              chosen={undefined}
              onChoose={onChoose}
              onLater={() => setFrom(addDays(from, searchDays))}
            />
            <RefusedInstructors answer={answer} defaults={defaults} />
          </div>
        )}
      </ResourceView>
    </Dialog>
  );
}

function overlaps(
  lesson: { readonly starts_at: string; readonly ends_at: string },
  slot: { readonly starts_at: string; readonly ends_at: string },
): boolean {
  return lesson.starts_at < slot.ends_at && slot.starts_at < lesson.ends_at;
}
