import { Component } from 'preact';
import type { BreakerView } from '../../src/contract.ts';
import { hrefOf } from '../live/router.ts';
import { breakerLook, durationText, numberText, sentence, shareText } from '../words/words.ts';
import { BreakerActions } from './breaker-actions.tsx';
import { Facts } from './facts.tsx';
import { StatusHead } from './status-head.tsx';
import { Term } from './term.tsx';
import { CountDown, Time } from './time.tsx';

/** A breaker that somebody should look at: state, since when and why, what it counted, and what can be ordered. */
export class BreakerRow extends Component<{ readonly breaker: BreakerView }> {
  /** What is as it was is the same object. */
  override shouldComponentUpdate({ breaker }: { readonly breaker: BreakerView }): boolean {
    return breaker !== this.props.breaker;
  }

  override render() {
    return <Row breaker={this.props.breaker} />;
  }
}

function Row({ breaker }: { readonly breaker: BreakerView }) {
  const {
    id,
    name,
    state,
    circuit,
    override,
    since,
    reason,
    calls,
    failures,
    refused,
    last_failure: failure,
  } = breaker;
  const look = breakerLook(breaker);
  return (
    <li class={`status-item tone-${look.tone}`} data-state={state} data-id={id} data-breaker={id}>
      <StatusHead name={name} href={hrefOf(['breakers', id])} look={look} />
      <div class="status-body">
        {override !== null && (
          <p>
            {override.mode === 'isolated' ? 'Isolated' : 'Held closed'} by {override.actor ?? 'an operator'}:{' '}
            {sentence(override.reason)}{' '}
            <strong>
              Ends <CountDown until={override.ends_at} />.
            </strong>
            {circuit !== state && <> Automatic state: {circuit}.</>}
          </p>
        )}
        {(override === null || circuit !== 'closed') && (
          <p>
            {override === null ? 'Since' : 'Automatic state: since'} <Time instant={since} form="both" />
            {reason === '' ? '.' : `: ${sentence(reason)}`}
            {breaker.next_test_at !== null && (
              <>
                {' '}
                <strong>
                  <Term term="next-test">Next probe</Term> <CountDown until={breaker.next_test_at} />.
                </strong>
              </>
            )}
          </p>
        )}
        {failure !== null && (
          <p class="status-detail">
            Last failure <Time instant={failure.at} />: <code>{failure.rule}</code>, {failure.class}.
          </p>
        )}
      </div>
      <Facts
        facts={[
          { name: 'Calls', term: 'calls', value: numberText(calls) },
          {
            name: 'Failed',
            term: 'failures',
            value: failures === 0 ? '0' : `${numberText(failures)} (${shareText(failures, calls)})`,
          },
          { name: 'Blocked', term: 'refused', value: numberText(refused) },
          { name: 'Last recovery', term: 'last-recovery', value: durationText(breaker.last_recovery_ms) },
        ]}
      />
      <BreakerActions breaker={breaker} />
    </li>
  );
}
