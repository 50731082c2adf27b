import { StatusMark } from '../kit/index.ts';
import type { BreakerView } from '../src/contract.ts';
import type { Intent } from './action-dialog.tsx';
import { ActionButtons, Facts } from './parts.tsx';
import { CountDown, Time } from './time.tsx';
import { breakerLooks, durationText, factName, factText, numberText, sentence, shareText } from './words.ts';

/** One breaker: state, since when and why, what it counted, and what can be ordered. */
export function BreakerCard({
  breaker,
  onOrder,
}: {
  readonly breaker: BreakerView;
  readonly onOrder: ((intent: Intent) => void) | undefined;
}) {
  const { id, name, state, since, reason, calls, failures, refused, last_failure: failure } = breaker;
  const look = breakerLooks[state];
  const unused = calls + refused === 0;
  return (
    <li class={`status-item tone-${look.tone}`} data-state={state}>
      <div class="status-head">
        <h3>{name}</h3>
        <StatusMark shape={look.shape} tone={look.tone}>
          {look.word}
        </StatusMark>
      </div>
      <div class="status-body">
        <p>
          Since <Time instant={since} form="both" />
          {reason === '' ? '.' : `: ${sentence(reason)}`}
        </p>
        {breaker.next_test_at !== null && (
          <p>
            <strong>
              Tests by itself <CountDown until={breaker.next_test_at} />.
            </strong>
          </p>
        )}
        {failure !== null && (
          <p class="status-detail">
            Last failure <Time instant={failure.at} />: <code>{failure.rule}</code>, {failure.class}.
          </p>
        )}
        {unused && <p class="status-detail">No calls yet.</p>}
      </div>
      {!unused && (
        <Facts
          facts={[
            ['Calls', numberText(calls)],
            ['Failed', failures === 0 ? '0' : `${numberText(failures)} (${shareText(failures, calls)})`],
            ['Refused', numberText(refused)],
            ['Last recovery', durationText(breaker.last_recovery_ms)],
          ]}
        />
      )}
      <History breaker={breaker} />
      <ActionButtons
        actions={breaker.actions}
        name={name}
        closedReasonOf={(action) =>
          action === 'probe' && state !== 'open' ? 'Only an open breaker waits for a test.' : undefined
        }
        onOrder={
          onOrder && ((action) => onOrder({ kind: 'breakers', id, name, action, now: `${look.word}, ${reason}` }))
        }
      />
    </li>
  );
}

/** What it did before and how it is set: for who wants to know more. */
function History({ breaker }: { readonly breaker: BreakerView }) {
  const { name, transitions, settings, used_by: usedBy } = breaker;
  return (
    <details class="status-more">
      <summary>
        {usedBy.length === 0 ? 'Used by nobody' : `Used by ${usedBy.join(', ')}`}
        <span class="visually-hidden">: history and settings of {name}</span>
      </summary>
      <div class="status-more-body">
        {transitions.length === 0 ? (
          <p>It has not changed its state since the start.</p>
        ) : (
          <ol class="history">
            {transitions.map(({ from, to, trigger, reason, at }) => (
              <li key={`${at} ${to}`}>
                <Time instant={at} form="both" />
                <span>
                  {from} to {to}, {trigger}: {sentence(reason)}
                </span>
              </li>
            ))}
          </ol>
        )}
        <Facts facts={Object.entries(settings).map(([fact, value]) => [factName(fact), factText(fact, value)])} />
      </div>
    </details>
  );
}
