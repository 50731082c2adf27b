import './drills.css';
import { Button, Card, EmptyState, StatusMark, Table } from '../../../kit/index.ts';
import type { FaultList, FaultView } from '../../../src/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { useConsole, useMay } from '../../live/context.ts';
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

/** Breaking something on purpose, to see that it is noticed and recovers. */
export function DrillsPage(_props: PageProps) {
  const { live } = useConsole();
  const drills = useResource<FaultList>('faults', { everyMs: 2_000 });
  const mayStart = useMay('fault:start');
  const nameOf = (id: string): string => live.report.value?.breakers.find((each) => each.id === id)?.name ?? id;
  return (
    <Page
      title="Drills"
      description="Break a dependency on purpose, watch it being noticed, and see it recover. Drills are left out of the times to recover."
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
                <EmptyState icon="drill" title="Drills are not allowed here">
                  {whyNot ?? 'The application has not switched them on.'} They belong where nothing real is at stake.
                </EmptyState>
              ) : places.length === 0 ? (
                <EmptyState icon="drill" title="There is no place for a drill">
                  Put faultInjection() of dualbrake/faults into a pipeline, behind its breaker, and it appears here.
                </EmptyState>
              ) : mayStart ? (
                <DrillForm places={places} nameOf={nameOf} refresh={drills.refresh} />
              ) : (
                <p class="status-detail">Drills are started by admins. Operators may stop them.</p>
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
  const mayStop = useMay('fault:stop');
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
            { name: 'Calls that met it', value: numberText(fault.injected) },
          ]}
        />
        <div class="button-row">
          <Button
            icon="stop"
            closedReason={mayStop ? undefined : 'This needs the role operator.'}
            onClick={() => ask(stopDrill(fault, () => void refresh()))}
          >
            Stop…
          </Button>
        </div>
      </div>
    </section>
  );
}

function Past({ faults, asOf }: { readonly faults: readonly FaultView[]; readonly asOf: preact.ComponentChildren }) {
  return (
    <Card title="Before" actions={asOf} flush>
      <Table
        caption="Drills that have ended, newest first"
        rows={faults}
        rowKey={({ id }) => id}
        columns={[
          { key: 'target', header: 'Where', cell: ({ target }) => <span class="row-link">{target}</span> },
          { key: 'kind', header: 'Kind', cell: (fault) => kindText(fault) },
          { key: 'when', header: 'When', cell: ({ started_at: at }) => <Time instant={at} form="both" /> },
          { key: 'who', header: 'Who and why', cell: ({ actor, reason }) => `${actor}: ${reason}` },
          {
            key: 'injected',
            header: 'Calls',
            align: 'end',
            cell: ({ injected }) => <span class="numbers">{numberText(injected)}</span>,
          },
          { key: 'ended', header: 'Ended by', cell: ({ ended_by: by, state }) => by ?? state },
        ]}
      />
      <p class="status-detail card-body">
        What they caused is in the <a href={hrefOf(['incidents'])}>incidents</a>, marked as a{' '}
        <Term term="drill">drill</Term>.
      </p>
    </Card>
  );
}

function kindText({ kind, class: errorClass, delay_ms: delay }: FaultView): string {
  if (kind === 'error') return `${errorClass} error`;
  return kind === 'delay' ? `delay of ${delay} ms` : 'hangs';
}
