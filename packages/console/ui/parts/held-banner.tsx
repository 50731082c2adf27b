import { Banner, LinkButton } from '../../kit/index.ts';
import { useConsole } from '../live/context.ts';
import { hrefOf } from '../live/router.ts';
import { sentence } from '../words/words.ts';
import { CountDown } from './time.tsx';

/** On every page: where protection is switched off, what is broken on purpose, and whether what happens is kept. */
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
          actions={<LinkButton href={hrefOf(['breakers', id])}>Look</LinkButton>}
        >
          <p>
            By {override?.actor ?? 'nobody known'}: {sentence(override?.reason ?? '')} Ends{' '}
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
          actions={<LinkButton href={hrefOf(['drills'])}>Look</LinkButton>}
        >
          <p>
            Calls of {target} meet a fault on purpose ({kind}). Ends <CountDown until={endsAt} />.
          </p>
        </Banner>
      ))}
      {report.store.state === 'failing' && (
        <Banner tone="danger" wide title="The audit log cannot be written, so no order is taken">
          {report.store.reason}
        </Banner>
      )}
    </>
  );
}
