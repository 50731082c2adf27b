import type { StatusShape } from '../../../kit/status-mark.tsx';
import type { Tone } from '../../../kit/tone.ts';
import type { AttentionView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { StatusHead } from '../../parts/status-head.tsx';
import { CountDown, Time } from '../../parts/time.tsx';

const looks: Readonly<
  Record<AttentionView['tone'], { readonly word: string; readonly tone: Tone; readonly shape: StatusShape }>
> = {
  bad: { word: 'Act now', tone: 'danger', shape: 'square' },
  warning: { word: 'Look at it', tone: 'warning', shape: 'half' },
  info: { word: 'Ends by itself', tone: 'info', shape: 'ring' },
};

/** Where each kind is dealt with. */
function placeOf({ kind, target }: AttentionView): string {
  if (kind === 'service') return hrefOf(['services', target]);
  if (kind === 'incident') return hrefOf(['incidents', target]);
  if (kind === 'drill') return hrefOf(['drills']);
  if (kind === 'trial') return hrefOf(['settings', 'revisions', target]);
  return kind === 'store' ? hrefOf(['audit']) : hrefOf(['breakers', target]);
}

/** Anything that needs a person and isn't a breaker: what, since when, and where to deal with it. */
export function AttentionRow({ item }: { readonly item: AttentionView }) {
  const { kind, tone, name, text, since, ends_at: endsAt } = item;
  const look = kind === 'incident' && tone === 'info' ? { ...looks.info, word: 'Acknowledged' } : looks[tone];
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
