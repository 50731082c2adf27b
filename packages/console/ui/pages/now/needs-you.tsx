import { Card, EmptyState } from '@dualbrake/kit';
import type { AttentionView, OverviewView, ServiceView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { useShowAll } from '../../parts/show-all.tsx';
import { useStableOrder } from '../../parts/stable-order.tsx';
import { StatusItem } from '../../parts/status.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { judgementMarks, serviceStatus, type Status } from '../../words/words.ts';

/** Items that need attention, the most urgent first; breakers with their actions. */
export function NeedsYou({ report }: Readonly<{ report: OverviewView }>) {
  const { attention, breakers, services } = report;
  const { ordered, hold, sortButton } = useStableOrder(attention, keyOf);
  const { shown, toggle } = useShowAll(ordered, 8);
  return (
    <Card title="Needs attention" actions={sortButton} flush>
      {attention.length === 0 ? (
        <NothingNeeded report={report} />
      ) : (
        <>
          <ul class="list" {...hold}>
            {shown.map((item) => {
              const breaker = isOfBreaker(item) ? breakers.find(({ id }) => id === item.target) : undefined;
              const service = item.kind === 'service' ? services.find(({ id }) => id === item.target) : undefined;
              return breaker === undefined ? (
                <AttentionRow key={keyOf(item)} item={item} service={service} />
              ) : (
                <BreakerRow key={keyOf(item)} breaker={breaker} />
              );
            })}
          </ul>
          {toggle}
        </>
      )}
    </Card>
  );
}

const breakerKinds = new Set<AttentionView['kind']>(['blocking', 'testing', 'isolated', 'held_closed']);

function isOfBreaker({ kind }: AttentionView): boolean {
  return breakerKinds.has(kind);
}

/** The same for a breaker in all its states, so that it keeps its row. */
function keyOf(item: AttentionView): string {
  return `${isOfBreaker(item) ? 'breaker' : item.kind} ${item.target}`;
}

function NothingNeeded({ report: { breakers } }: Readonly<{ report: OverviewView }>) {
  if (breakers.length === 0) {
    return (
      <EmptyState icon="check" title="No breakers yet">
        A breaker appears here once the application has created it and added it to a pipeline.
      </EmptyState>
    );
  }
  const last = breakers
    .flatMap(({ transitions }) => transitions[0]?.at ?? [])
    .toSorted()
    .at(-1);
  return (
    <EmptyState icon="check" title="All clear">
      {breakers.length === 1 ? 'The only breaker is closed' : `All ${breakers.length} breakers are closed`}: calls flow.{' '}
      {last !== undefined && (
        <>
          Last state change <Time instant={last} />.
        </>
      )}
    </EmptyState>
  );
}

const labels: Readonly<Partial<Record<AttentionView['kind'], string>>> = {
  drill: 'Drill',
  trial: 'Temporary settings',
  store: 'Changes refused',
  unknown: 'State unknown',
};

function statusOf({ kind, tone }: AttentionView, service: ServiceView | undefined): Status {
  if (service !== undefined) return serviceStatus(service.state);
  const incident = tone === 'info' ? 'Acknowledged' : 'Not acknowledged';
  return { label: labels[kind] ?? (kind === 'incident' ? incident : ''), ...judgementMarks[tone] };
}

/** The page where an item is dealt with. */
function hrefOfItem({ kind, target }: AttentionView): string {
  if (kind === 'service') return hrefOf(['services', target]);
  if (kind === 'incident') return hrefOf(['incidents', target]);
  if (kind === 'drill') return hrefOf(['drills']);
  if (kind === 'trial') return hrefOf(['settings', 'revisions', target]);
  if (kind === 'store') return hrefOf(['audit']);
  // Its own page can't be shown without its report; the log has the reason.
  return kind === 'unknown' ? hrefOf(['logs']) : hrefOf(['breakers', target]);
}

interface AttentionRowProps {
  readonly item: AttentionView;
  /** The service that the item concerns, if any. */
  readonly service: ServiceView | undefined;
}

/** Something other than a breaker that needs attention. */
function AttentionRow({ item, service }: AttentionRowProps) {
  const { kind, target, name, text, since, ends_at: endsAt } = item;
  return (
    <StatusItem name={name} href={hrefOfItem(item)} status={statusOf(item, service)} data-kind={kind} data-id={target}>
      <p>
        {text}{' '}
        {since !== null && (
          <>
            Since <Time instant={since} form="both" />.{' '}
          </>
        )}
        {endsAt !== null && (
          <strong>
            Ends <CountDown until={endsAt} />.
          </strong>
        )}
      </p>
    </StatusItem>
  );
}
