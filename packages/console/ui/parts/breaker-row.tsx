import { Button } from '@dualbrake/kit';
import type { BreakerView } from '../../src/contract.ts';
import { openAction } from '../actions/action.ts';
import { breakerChoices, type BreakerChoice } from '../actions/breaker-actions.ts';
import { useConsole } from '../live/context.ts';
import { hrefOf } from '../live/router.ts';
import { breakerStatus, durationText, numberText, sentence, shareText } from '../words/words.ts';
import { Facts } from './facts.tsx';
import { StatusItem } from './status.tsx';
import { Term } from './term.tsx';
import { CountDown, Time } from './time.tsx';

interface BreakerRowProps {
  readonly breaker: BreakerView;
}

/** A breaker that needs attention: status, since when and why, counts and actions. */
export function BreakerRow({ breaker }: BreakerRowProps) {
  const { id, name, state, calls, failures, refused, last_failure: failure } = breaker;
  return (
    <StatusItem
      name={name}
      href={hrefOf(['breakers', id])}
      status={breakerStatus(breaker)}
      data-state={state}
      data-id={id}
      data-breaker={id}
    >
      <div>
        <BreakerReasons breaker={breaker} />
        {failure !== null && (
          <p class="status-detail">
            Last failure <Time instant={failure.at} />: <code>{failure.rule}</code>, {failure.class}.
          </p>
        )}
      </div>
      <Facts
        facts={[
          { name: 'Calls', value: numberText(calls) },
          {
            name: 'Failed',
            value: failures === 0 ? '0' : `${numberText(failures)} (${shareText(failures, calls)})`,
          },
          { name: 'Blocked', value: numberText(refused) },
          { name: 'Last recovery', value: durationText(breaker.last_recovery_ms) },
        ]}
      />
      <BreakerActions breaker={breaker} />
    </StatusItem>
  );
}

/** Why a breaker is in its state, since when and until when: the override first, then the automatic state. */
export function BreakerReasons({ breaker }: BreakerRowProps) {
  const { circuit, override, since, reason, next_test_at: nextProbe } = breaker;
  return (
    <>
      {override !== null && (
        <p>
          {override.mode === 'isolated' ? 'Isolated' : 'Held closed'} by {override.actor ?? 'an operator'},{' '}
          <Time instant={override.since} form="both" />: {sentence(override.reason)}{' '}
          <strong>
            Ends <CountDown until={override.ends_at} />.
          </strong>{' '}
          {circuit === 'closed' && 'Automatic state: closed.'}
        </p>
      )}
      {(override === null || circuit !== 'closed') && (
        <p>
          {override === null ? 'Since' : `Automatic state: ${circuit} since`} <Time instant={since} form="both" />
          {reason === '' ? '.' : `: ${sentence(reason)}`}{' '}
          {nextProbe !== null && (
            <strong>
              <Term term="Next probe" /> <CountDown until={nextProbe} />.
            </strong>
          )}
        </p>
      )}
    </>
  );
}

/** Buttons that open the dialogs of a breaker's actions. Unavailable ones explain why. */
export function BreakerActions({ breaker, all = false }: BreakerRowProps & Readonly<{ all?: boolean }>) {
  const { live } = useConsole();
  // An override that is already in effect isn't offered again.
  const inEffect = breaker.override?.mode === 'held_closed' ? 'hold_closed' : 'isolate';
  const isShown = ({ name, fits }: BreakerChoice): boolean =>
    fits || (all && name !== 'release' && name !== 'isolate' && name !== inEffect);
  return (
    <div class="button-row">
      {breakerChoices(breaker, live.session.value, live.report.value)
        .filter(isShown)
        .map(({ name, label, closed, open }) => (
          <Button
            key={name}
            size="small"
            aria-label={`${label.replace('…', '')} ${breaker.name}`}
            disabledReason={closed}
            onClick={() => openAction(open())}
          >
            {label}
          </Button>
        ))}
    </div>
  );
}
