import type { StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';
import type { AttentionView, ServiceView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { StatusHead } from '../../parts/status-head.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { serviceLook, type Look } from '../../words/words.ts';

const tones: Readonly<Record<AttentionView['tone'], { readonly tone: Tone; readonly shape: StatusShape }>> = {
  bad: { tone: 'danger', shape: 'square' },
  warning: { tone: 'warning', shape: 'half' },
  info: { tone: 'info', shape: 'ring' },
};

/** What is the matter, in the fewest words. */
function lookOf({ kind, tone }: AttentionView, service: ServiceView | undefined): Look {
  if (service !== undefined) return serviceLook(service.state);
  const word =
    kind === 'incident'
      ? tone === 'info'
        ? 'Acknowledged'
        : 'Not acknowledged'
      : kind === 'drill'
        ? 'Drill'
        : kind === 'trial'
          ? 'Temporary settings'
          : 'Changes refused';
  return { word, ...tones[tone] };
}

/** Where each kind is dealt with. */
function placeOf({ kind, target }: AttentionView): string {
  if (kind === 'service') return hrefOf(['services', target]);
  if (kind === 'incident') return hrefOf(['incidents', target]);
  if (kind === 'drill') return hrefOf(['drills']);
  if (kind === 'trial') return hrefOf(['settings', 'revisions', target]);
  return kind === 'store' ? hrefOf(['audit']) : hrefOf(['breakers', target]);
}

/** Anything that needs a person and isn't a breaker: what, since when, and where to deal with it. */
export function AttentionRow({
  item,
  service,
}: {
  readonly item: AttentionView;
  /** The service that it is about, if it is about one. */
  readonly service: ServiceView | undefined;
}) {
  const { kind, name, text, since, ends_at: endsAt } = item;
  const look = lookOf(item, service);
  return (
    <li class={`status-item tone-${look.tone}`} data-kind={kind} data-id={item.target}>
      <StatusHead name={name} href={placeOf(item)} look={look} />
      <div class="status-body">
        <p>
          {text}
          {since !== null && (
            <>
              {' '}
              Since <Time instant={since} form="both" />.
            </>
          )}
          {endsAt !== null && (
            <>
              {' '}
              <strong>
                Ends <CountDown until={endsAt} />.
              </strong>
            </>
          )}
        </p>
      </div>
    </li>
  );
}
