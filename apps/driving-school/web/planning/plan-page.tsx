import { Badge, Banner, Button, Card, EmptyState, LinkButton, notify, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PlanDefaults, PlanPreview } from '../../contract/planning.ts';
import { api, ProblemResponse } from '../api.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { studentPage } from '../students/pages.ts';
import { ChooseSlotDialog } from './choose-slot-dialog.tsx';
import { newDraft, type PlanDraft, previewRequest } from './plan-draft.ts';
import { PlanForm } from './plan-form.tsx';
import { PlannedLessons } from './planned-lessons.tsx';
import { dateText, lessonsText } from './slot-text.ts';
import { undoLessons } from './undo-lessons.ts';
import './planning.css';

/** Wishes that change within this time are sent once. */
const settleMs = 250;

type PlannedLesson = PlanPreview['lessons'][number];
type KeptLesson = Pick<PlannedLesson, 'starts_at' | 'instructor_id' | 'vehicle_id'>;

/** Plans all lessons of a course from weekly wishes, and books them in one step. */
export function PlanPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const defaults = useResource((signal) => api.planning.defaults(studentId, signal));
  const name = defaults.value?.data.student.name;
  usePageTitle(name === undefined ? 'Plan course' : `Plan the course of ${name}`);
  return (
    <div class="page">
      <PageHeader
        title={name === undefined ? 'Plan course' : `Plan the course of ${name}`}
        back={{ href: studentPage.href({ studentId }), label: name ?? 'Student' }}
      />
      <ResourceView
        resource={defaults}
        name="The course"
        empty={({ data }) =>
          data.enrolments.length === 0 && (
            <EmptyState
              icon="student"
              title="No course to plan"
              actions={
                <LinkButton variant="primary" href={studentPage.href({ studentId })}>
                  Go to the student
                </LinkButton>
              }
            >
              This student has no active course or lesson pack. Enrol the student first.
            </EmptyState>
          )
        }
      >
        {({ data }) => <CoursePlan key={studentId} defaults={data} />}
      </ResourceView>
    </div>
  );
}

function CoursePlan({ defaults }: { readonly defaults: PlanDefaults }): JSX.Element {
  const [draft, setDraft] = useState(() => newDraft(defaults));
  const [keep, setKeep] = useState<readonly KeptLesson[]>([]);
  const [changing, setChanging] = useState<{ readonly lesson: PlannedLesson | undefined } | undefined>();
  const [notice, setNotice] = useState<string | undefined>();
  const request = useSettled(JSON.stringify(previewRequest(draft, keep) ?? null));
  const preview = useResource(
    async (signal) => (request === 'null' ? { data: undefined } : api.planning.preview(JSON.parse(request), signal)),
    [request],
  );
  const plan = previewRequest(draft, keep) === undefined ? undefined : preview.value?.data;
  const { student } = defaults;

  const booking = useSubmit({
    repeatable: true,
    async send(token: string, idempotencyKey) {
      const { data } = await api.planning.bookPlan(token, idempotencyKey);
      const last = data.lessons.at(-1);
      notify(
        `${lessonsText(data.lessons.length)} booked${last === undefined ? '' : `, until ${dateText(last.local_date)}`}.`,
        {
          action: { label: 'Undo', run: () => void undoLessons(data.lessons) },
        },
      );
      navigate(studentPage.href({ studentId: student.id }));
    },
    explain(error) {
      if (!(error instanceof ProblemResponse && error.code === 'plan_outdated')) return undefined;
      // The other lessons stay; only those that were lost are planned again.
      setNotice(error.message);
      setKeep(plan?.lessons ?? []);
      void preview.load();
      return {};
    },
  });
  const change = (changed: PlanDraft): void => {
    setDraft(changed);
    setKeep([]);
    setNotice(undefined);
  };
  const others = (plan?.lessons ?? []).filter((lesson) => lesson.starts_at !== changing?.lesson?.starts_at);
  const isSettled = request === JSON.stringify(previewRequest(draft, keep) ?? null) && !preview.loading;

  return (
    <div class="plan">
      <Card title="Weekly times">
        <PlanForm draft={draft} defaults={defaults} onChange={change} />
      </Card>
      <Card
        title="Lessons"
        actions={
          plan !== undefined &&
          plan.lessons.length > 0 && (
            <Button
              variant="primary"
              busy={booking.busy}
              disabledReason={booking.disabledReason ?? (isSettled ? undefined : 'Planning the lessons…')}
              onClick={() => plan.plan_token !== null && void booking.submit(plan.plan_token)}
            >
              {bookLabel(plan)}
            </Button>
          )
        }
      >
        <div class="stack" aria-busy={preview.loading}>
          <FailureBanner failure={booking.failure} />
          {notice !== undefined && (
            <Banner tone="warning" role="alert" title="The plan has changed">
              <p>{notice} The lost ones are planned again below and marked as new.</p>
            </Banner>
          )}
          {preview.value?.data === undefined && preview.failure !== undefined && (
            <FailureBanner failure={preview.failure} />
          )}
          <RefreshFailure resource={preview} title="The plan could not be made" />
          {plan === undefined ? (
            <p class="muted" role="status">
              {request === 'null'
                ? 'Choose the days of the week on which the student can come.'
                : preview.failure === undefined && 'Planning…'}
            </p>
          ) : (
            <>
              <PlanSummary plan={plan} />
              <PlannedLessons plan={plan} defaults={defaults} onChange={(lesson) => setChanging({ lesson })} />
            </>
          )}
        </div>
      </Card>
      {changing !== undefined && (
        <ChooseSlotDialog
          draft={draft}
          defaults={defaults}
          from={changing.lesson?.local_date ?? plan?.lessons.at(-1)?.local_date ?? draft.from}
          others={others}
          onChoose={(slot) => {
            setKeep([...others, slot]);
            setChanging(undefined);
          }}
          onClose={() => setChanging(undefined)}
        />
      )}
    </div>
  );
}

function bookLabel({ lessons, unplaced }: PlanPreview): string {
  if (lessons.length === 1) return 'Book the lesson';
  return unplaced.length === 0 ? `Book all ${lessons.length}` : `Book these ${lessons.length}`;
}

/** How many lessons have a time, and the end against the deadline. */
function PlanSummary({ plan }: { readonly plan: PlanPreview }): JSX.Element {
  const { lessons, unplaced, ends_on, deadline_on } = plan;
  const all = lessons.length + unplaced.length;
  const first = lessons[0];
  return (
    <p class="plan-summary" role="status">
      <Badge tone={unplaced.length === 0 ? 'success' : 'warning'}>
        {unplaced.length > 0
          ? `${lessons.length} of ${all} have a time`
          : all === 1
            ? 'The lesson has a time'
            : `All ${all} have a time`}
      </Badge>
      {first !== undefined && ends_on !== null && (
        <span>
          {first.local_date === ends_on
            ? `${dateText(ends_on)}.`
            : `${dateText(first.local_date)} to ${dateText(ends_on)}.`}
        </span>
      )}
      {deadline_on !== null && <span class="muted">{`The course ends on ${dateText(deadline_on)}.`}</span>}
    </p>
  );
}

/** The value after it has stayed the same for a moment; the first one at once. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    if (value === settled) return undefined;
    const timer = setTimeout(() => setSettled(value), settled === 'null' ? 0 : settleMs);
    return () => clearTimeout(timer);
  }, [value, settled]);
  return settled;
}
