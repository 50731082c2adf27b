import { Banner, LinkButton } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { hrefOf } from '../live/router.ts';
import { sentence } from '../words/words.ts';
import { CountDown } from './time.tsx';

/** On every page: where protection is off, which drills run, and whether the audit log can be written. */
export function HeldBanner() {
  const report = useConsole().live.report.value;
  if (report === undefined) return null;
  const held = report.breakers.filter(({ override }) => override?.mode === 'held_closed');
  const running = report.faults.filter(({ state }) => state === 'running');
  return (
    <>
      {held.map(({ id, name, override }) => (
        <Banner
          key={id}
          tone="danger"
          wide
          title={`${name} is held closed: its protection is off`}
          actions={<LinkButton href={hrefOf(['breakers', id])}>View</LinkButton>}
        >
          <p>
            By {override?.actor ?? 'an operator'}: {sentence(override?.reason ?? '')} Ends{' '}
            <CountDown until={override?.ends_at ?? ''} />.
          </p>
        </Banner>
      ))}
      {running.map(({ id, target, kind, ends_at: endsAt }) => (
        <Banner
          key={id}
          tone="warning"
          icon="drill"
          wide
          title="A drill is running"
          actions={<LinkButton href={hrefOf(['drills'])}>View</LinkButton>}
        >
          <p>
            A fault is injected into {target} on purpose ({kind}). Ends <CountDown until={endsAt} />.
          </p>
        </Banner>
      ))}
      {report.store.state === 'failing' && (
        <Banner tone="danger" wide title="The audit log can’t be written, so changes are refused">
          {report.store.reason}
        </Banner>
      )}
    </>
  );
}
