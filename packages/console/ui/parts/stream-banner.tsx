import { Banner, LinkButton } from '@dualbrake/kit';
import type { Live } from '../live/live.ts';
import type { PageFacts } from '../live/page-facts.ts';
import { serverNow } from '../live/server-clock.ts';
import { place } from '../live/router.ts';
import { clockText } from '../words/words.ts';

/** What stands across the top when what is shown cannot be trusted. */
export function StreamBanner({
  live,
  facts: { signInPath, tokenSignInPath },
  base,
}: {
  readonly live: Live;
  readonly facts: PageFacts;
  readonly base: string;
}) {
  if (live.signedOut.value) {
    // The fragment stays with the address: who signs in comes back to this very page.
    const fragment = place.value.path.length === 0 ? '' : location.hash;
    return (
      <Banner
        tone="warning"
        wide
        title="Your session has ended"
        actions={
          <>
            <LinkButton href={`${signInPath}?next=${encodeURIComponent(`${base}/`)}${fragment}`}>Sign in</LinkButton>
            {tokenSignInPath !== undefined && (
              <LinkButton href={`${tokenSignInPath}?next=${encodeURIComponent(`${base}/`)}`}>
                Use the operator’s token
              </LinkButton>
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
