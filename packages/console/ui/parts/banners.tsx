import { Banner, LinkButton } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import type { PageFacts } from '../live/page-facts.ts';
import { hrefOf, route } from '../live/router.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText, sentence } from '../words/words.ts';
import { CountDown } from './time.tsx';

/** On every page: the session has ended, or the server isn't answering. */
export function StreamBanner({ facts: { signInPath, tokenSignInPath } }: Readonly<{ facts: PageFacts }>) {
  const { live, base } = useConsole();
  if (live.signedOut.value) {
    // With the fragment, signing in leads back to this page.
    const fragment = route.value.path.length === 0 ? '' : location.hash;
    const next = `?next=${encodeURIComponent(`${base}/`)}`;
    return (
      <Banner
        tone="warning"
        wide
        title="Your session has ended"
        actions={
          <>
            <LinkButton href={`${signInPath}${next}${fragment}`}>Sign in</LinkButton>
            {tokenSignInPath !== undefined && (
              <LinkButton href={`${tokenSignInPath}${next}`}>Use the operator’s token</LinkButton>
            )}
          </>
        }
      >
        {live.report.value === undefined ? 'Sign in to see the current state.' : 'The values below are out of date.'}
      </Banner>
    );
  }
  if (live.freshness.value !== 'stale') return null;
  const ageMs = live.ageMs.value;
  return (
    <Banner tone="danger" wide title="The server isn’t answering">
      <p>
        The values shown are {Math.round(ageMs / 1_000)} s old, as of {clockText(serverNow() - ageMs)}. Retrying.
      </p>
    </Banner>
  );
}

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
