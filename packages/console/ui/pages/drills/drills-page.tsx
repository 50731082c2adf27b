import './drills.css';
import { Button, Card, EmptyState, StatusMark, Table } from '@dualbrake/kit';
import type { FaultList, FaultView } from '../../../src/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { useConsole, useMay } from '../../live/context.ts';
import { useDenied } from '../../live/denied.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { ask } from '../../orders/current-order.ts';
import { stopDrill, stopText } from '../../orders/drill-orders.ts';
import { Facts } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { numberText, sentence } from '../../words/words.ts';
import { DrillForm } from './drill-form.tsx';

/** Faults injected on purpose, to see that they are detected and that things recover. */
export function DrillsPage(_props: PageProps) {
  const { live } = useConsole();
  const drills = useResource<FaultList>('faults', { everyMs: 2_000 });
  const mayStart = useMay('fault:start');
  const deniedStart = useDenied('fault:start');
  const nameOf = (id: string): string => live.report.value?.breakers.find((each) => each.id === id)?.name ?? id;
  return (
    <Page
      title="Drills"
      description="Inject a fault into a dependency, watch it being detected, and see it recover. Drills don’t count towards recovery times."
    >
      <Loaded resource={drills} what="the drills">
        {({ enabled, why_not: whyNot, places, faults }) => {
          const running = faults.filter(({ state }) => state === 'running');
          const past = faults.filter(({ state }) => state !== 'running');
          return (
            <>
              {running.map((fault) => (
                <Running key={fault.id} fault={fault} nameOf={nameOf} refresh={drills.refresh} />
              ))}
              {!enabled ? (
                <EmptyState icon="drill" title="Drills are disabled here">
                  {whyNot ?? 'The application hasn’t enabled drills.'} Run them where no real data is at stake.
                </EmptyState>
              ) : places.length === 0 ? (
                <EmptyState icon="drill" title="No injection points">
                  Add faultInjection() from dualbrake/faults to a pipeline, after its breaker, and it appears here.
                </EmptyState>
              ) : mayStart ? (
                <DrillForm places={places} nameOf={nameOf} refresh={drills.refresh} />
              ) : (
                <p class="status-detail">View-only. {deniedStart}</p>
              )}
              {past.length > 0 && <Past faults={past} asOf={<AsOf resource={drills} />} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Running({
  fault,
  nameOf,
  refresh,
}: {
  readonly fault: FaultView;
  readonly nameOf: (id: string) => string;
  readonly refresh: () => Promise<void>;
}) {
  const denied = useDenied('fault:stop');
  return (
    <section class="verdict running-drill tone-warning" aria-label="Running drill">
      <div class="standing-words">
        <p class="verdict-text">
          <StatusMark shape="hourglass" tone="warning">
            Running on {fault.target}
          </StatusMark>
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
          <Button icon="stop" closedReason={denied} onClick={() => ask(stopDrill(fault, () => void refresh()))}>
            Stop…
          </Button>
        </div>
      </div>
    </section>
  );
}

function Past({ faults, asOf }: { readonly faults: readonly FaultView[]; readonly asOf: preact.ComponentChildren }) {
  return (
    <Card title="Past drills" actions={asOf} flush>
      <Table
        caption="Drills that have ended, newest first"
        rows={faults}
        rowKey={({ id }) => id}
        columns={[
          { key: 'target', header: 'Target', cell: ({ target }) => <span class="row-link">{target}</span> },
          { key: 'kind', header: 'Kind', cell: (fault) => kindText(fault) },
          { key: 'when', header: 'When', cell: ({ started_at: at }) => <Time instant={at} form="both" /> },
          { key: 'who', header: 'Started by', cell: ({ actor, reason }) => `${actor}: ${reason}` },
          {
            key: 'injected',
            header: 'Affected calls',
            align: 'end',
            cell: ({ injected }) => <span class="numbers">{numberText(injected)}</span>,
          },
          { key: 'ended', header: 'Ended by', cell: ({ ended_by: by, state }) => by ?? state },
        ]}
      />
      <p class="status-detail card-body">
        Their effects are listed under <a href={hrefOf(['incidents'])}>Incidents</a>, marked as{' '}
        <Term term="drill">drill</Term>.
      </p>
    </Card>
  );
}

function kindText({ kind, class: errorClass, delay_ms: delay }: FaultView): string {
  if (kind === 'error') return `${errorClass} error`;
  return kind === 'delay' ? `delay of ${delay} ms` : 'hangs';
}
