import { Banner, LinkButton } from '../kit/index.ts';
import type { Live } from './stream.ts';
import { serverNow } from './server-clock.ts';
import { clockText } from './words.ts';

/** What stands across the top when what is shown cannot be trusted. */
export function StreamBanner({ live, base }: { readonly live: Live; readonly base: string }) {
  if (live.signedOut.value) {
    return (
      <Banner
        tone="warning"
        wide
        title="Your session has ended"
        actions={<LinkButton href={`/sign-in?next=${encodeURIComponent(`${base}/`)}`}>Sign in</LinkButton>}
      >
        {live.report.value === undefined ? 'Sign in to see how things stand.' : 'What you see below is from before.'}
      </Banner>
    );
  }
  if (live.freshness.value !== 'stale') return null;
  const ageMs = live.ageMs.value;
  return (
    <Banner tone="danger" wide title="The server does not answer">
      What you see is {Math.round(ageMs / 1_000)} s old, as of {clockText(serverNow() - ageMs)}. The page goes on
      trying.
    </Banner>
  );
}
