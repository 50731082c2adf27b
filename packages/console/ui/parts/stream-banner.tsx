import { Banner, LinkButton } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import type { PageFacts } from '../live/page-facts.ts';
import { route } from '../live/router.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText } from '../words/words.ts';

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
        {live.report.value === undefined ? 'Sign in to see the current state.' : 'What you see below is out of date.'}
      </Banner>
    );
  }
  if (live.freshness.value !== 'stale') return null;
  const ageMs = live.ageMs.value;
  return (
    <Banner tone="danger" wide title="The server isn’t answering">
      <p>
        What you see is {Math.round(ageMs / 1_000)} s old, as of {clockText(serverNow() - ageMs)}. Retrying.
      </p>
    </Banner>
  );
}
