import './drills.css';
import { Button, Card, EmptyState } from '@dualbrake/kit';
import type { FaultList, FaultView } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { stopDrill, stopText } from '../../actions/drill-actions.ts';
import { useConsole, useDenied } from '../../live/context.ts';
import { useResource, type Resource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { StateMark } from '../../parts/status.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { breakerName, numberText, sentence } from '../../words/words.ts';
import { DrillForm } from './drill-form.tsx';

type Drills = Resource<FaultList>;

/** Faults injected on purpose, to test detection and recovery. */
export function DrillsPage() {
  const { live } = useConsole();
  const drills = useResource<FaultList>('faults', { everyMs: 2_000 });
  const nameOf = (id: string): string => breakerName(live.report.value, id);
  return (
    <Page
      title="Drills"
      description="Inject a fault into a dependency, watch it being detected, and see it recover. Drills don’t count towards recovery times."
    >
      <Loaded resource={drills} what="the drills">
        {(list) => (
          <>
            {list.faults
              .filter(({ state }) => state === 'running')
              .map((fault) => (
                <RunningDrill key={fault.id} fault={fault} nameOf={nameOf} refresh={drills.refresh} />
              ))}
            <StartDrill list={list} nameOf={nameOf} refresh={drills.refresh} />
            <PastDrills list={list} drills={drills} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface DrillProps {
  readonly nameOf: (id: string) => string;
  readonly refresh: Drills['refresh'];
}

function StartDrill({ list, ...props }: DrillProps & Readonly<{ list: FaultList }>) {
  const denied = useDenied('fault:start');
  if (!list.enabled) {
    return (
      <EmptyState icon="drill" title="Drills are disabled here">
        {list.why_not ?? 'The application hasn’t enabled drills.'} Run them where no real data is at stake.
      </EmptyState>
    );
  }
  if (list.places.length === 0) {
    return (
      <EmptyState icon="drill" title="No injection points">
        Add faultInjection() from dualbrake/faults to a pipeline, after its breaker, and it appears here.
      </EmptyState>
    );
  }
  if (denied !== undefined) return <p class="status-detail">View-only. {denied}</p>;
  return <DrillForm points={list.places} {...props} />;
}

function RunningDrill({ fault, nameOf, refresh }: DrillProps & Readonly<{ fault: FaultView }>) {
  const denied = useDenied('fault:stop');
  return (
    <section class="verdict standing tone-warning" aria-label="Running drill">
      <div class="stack">
        <p class="verdict-text">
          <StateMark status={{ shape: 'hourglass', tone: 'warning' }}>Running on {fault.target}</StateMark>
        </p>
        <p>
          {sentence(fault.reason)} By {fault.actor}, <Time instant={fault.started_at} />.{' '}
          <strong>
            Ends <CountDown until={fault.ends_at} />
          </strong>
          , or {fault.stop_conditions.map((each) => stopText(each, nameOf)).join(', or ')}.
        </p>
        <Facts
          facts={[
            { name: 'Kind', value: kindText(fault) },
            { name: 'Share of calls', value: `${Math.round(fault.ratio * 100)} %` },
            { name: 'Affected calls', value: numberText(fault.injected) },
          ]}
        />
        <div class="button-row">
          <Button
            icon="stop"
            disabledReason={denied}
            onClick={() => openAction(stopDrill(fault, () => void refresh()))}
          >
            Stop…
          </Button>
        </div>
      </div>
    </section>
  );
}

function PastDrills({ list, drills }: Readonly<{ list: FaultList; drills: Drills }>) {
  const past = list.faults.filter(({ state }) => state !== 'running');
  if (past.length === 0) return null;
  return (
    <Card title="Past drills" actions={<AsOf resource={drills} />} flush>
      <DataTable
        caption="Past drills, newest first"
        rows={past}
        rowKey={({ id }) => id}
        columns={(col) => [
          col.of('Target', ({ target }) => <span class="row-link">{target}</span>),
          col.of('Kind', kindText),
          col.time('When', ({ started_at: at }) => at, 'both'),
          col.of('Started by', ({ actor, reason }) => `${actor}: ${reason}`),
          col.number('Affected calls', ({ injected }) => numberText(injected)),
          col.of('Ended by', ({ ended_by: by, state }) => by ?? state),
        ]}
      />
      <p class="status-detail card-body">
        Their effects are listed under <a href={hrefOf(['incidents'])}>Incidents</a>, marked as{' '}
        <Term term="Drill">drill</Term>.
      </p>
    </Card>
  );
}

function kindText({ kind, class: errorClass, delay_ms: delay }: FaultView): string {
  if (kind === 'error') return `${errorClass} error`;
  return kind === 'delay' ? `delay of ${delay} ms` : 'hangs';
}
