import { Banner, LinkButton } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { hrefOf } from '../live/router.ts';
import { sentence } from '../words/words.ts';
import { CountDown } from './time.tsx';

/** On every page: breakers held closed, running drills, an audit log that can't be written, and read-only mode. */
export function ReportBanners() {
  const report = useConsole().live.report.value;
  if (report === undefined) return null;
  return (
    <>
      {report.breakers.map(
        ({ id, name, override }) =>
          override?.mode === 'held_closed' && (
            <Banner
              key={id}
              tone="danger"
              wide
              title={`${name} is held closed: its protection is off`}
              actions={<LinkButton href={hrefOf(['breakers', id])}>View</LinkButton>}
            >
              <p>
                By {override.actor ?? 'an operator'}: {sentence(override.reason)} Ends{' '}
                <CountDown until={override.ends_at} />.
              </p>
            </Banner>
          ),
      )}
      {report.faults.map(
        ({ id, state, target, kind, ends_at: endsAt }) =>
          state === 'running' && (
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
          ),
      )}
      {report.store.state === 'failing' && (
        <Banner tone="danger" wide title="The audit log can’t be written, so changes are refused">
          {report.store.reason}
        </Banner>
      )}
      {report.read_only && (
        <Banner wide title="Read-only mode">
          Actions are disabled here.
        </Banner>
      )}
    </>
  );
}
