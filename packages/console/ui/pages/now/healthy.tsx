import { Card, StatusMark } from '@dualbrake/kit';
import type { OverviewView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { breakerLook, needsLook } from '../../words/words.ts';

/** More names than this are on the page of the breakers. */
const SHOWN = 24;

/** Healthy breakers, in little space. */
export function Healthy({ report }: { readonly report: OverviewView }) {
  const well = report.breakers.filter((breaker) => !needsLook(breaker));
  if (well.length === 0) return null;
  const count = `${well.length} breaker${well.length === 1 ? '' : 's'} closed: calls flow`;
  return (
    <Card title={count} actions={<a href={hrefOf(['breakers'])}>All breakers</a>}>
      <ul class="chip-list">
        {well.slice(0, SHOWN).map((breaker) => {
          const { shape, tone } = breakerLook(breaker);
          return (
            <li key={breaker.id}>
              <a class="chip" href={hrefOf(['breakers', breaker.id])}>
                <StatusMark shape={shape} tone={tone}>
                  {breaker.name}
                </StatusMark>
              </a>
            </li>
          );
        })}
        {well.length > SHOWN && (
          <li>
            <a class="chip" href={hrefOf(['breakers'], { state: 'closed' })}>
              {well.length - SHOWN} more
            </a>
          </li>
        )}
      </ul>
    </Card>
  );
}
