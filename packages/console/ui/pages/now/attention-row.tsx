import type { AttentionView, ServiceView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { StatusHead } from '../../parts/status.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { serviceStatus, type Mark, type Status } from '../../words/words.ts';

const marks: Readonly<Record<AttentionView['tone'], Mark>> = {
  bad: { tone: 'danger', shape: 'square' },
  warning: { tone: 'warning', shape: 'half' },
  info: { tone: 'info', shape: 'ring' },
};

const labels: Readonly<Partial<Record<AttentionView['kind'], string>>> = {
  drill: 'Drill',
  trial: 'Temporary settings',
  store: 'Changes refused',
};

function statusOf({ kind, tone }: AttentionView, service: ServiceView | undefined): Status {
  if (service !== undefined) return serviceStatus(service.state);
  const incident = tone === 'info' ? 'Acknowledged' : 'Not acknowledged';
  return { label: labels[kind] ?? (kind === 'incident' ? incident : ''), ...marks[tone] };
}

/** The page where an item is dealt with. */
function hrefOfItem({ kind, target }: AttentionView): string {
  if (kind === 'service') return hrefOf(['services', target]);
  if (kind === 'incident') return hrefOf(['incidents', target]);
  if (kind === 'drill') return hrefOf(['drills']);
  if (kind === 'trial') return hrefOf(['settings', 'revisions', target]);
  return kind === 'store' ? hrefOf(['audit']) : hrefOf(['breakers', target]);
}

interface AttentionRowProps {
  readonly item: AttentionView;
  /** The service that the item concerns, if any. */
  readonly service: ServiceView | undefined;
}

/** Something other than a breaker that needs attention. */
export function AttentionRow({ item, service }: AttentionRowProps) {
  const { kind, target, name, text, since, ends_at: endsAt } = item;
  const status = statusOf(item, service);
  return (
    <li class={`status-item tone-${status.tone}`} data-kind={kind} data-id={target}>
      <StatusHead name={name} href={hrefOfItem(item)} status={status} />
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
    </li>
  );
}
