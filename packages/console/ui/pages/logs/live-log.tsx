import { useEffect, useRef, useState } from 'preact/hooks';
import { announce, Banner, Button } from '@dualbrake/kit';
import { backoffMs } from '@dualbrake/kit/poller';
import type { LogLine, StreamEvents } from '../../../src/contract.ts';
import { REOPEN_MS } from '../../live/connection.ts';
import { useConsole } from '../../live/context.ts';
import { ownSource } from '../../live/source.ts';
import { describeFilter, fits, type LogFilter } from './log-filter.ts';
import { LogLineView } from './log-line-view.tsx';
import { gap, rowsOf, ROWS_MAX, withMore, type TailRow } from './tail.ts';

/** Lines are shown in batches: one by one they would keep the page busy. */
const BATCH_MS = 250;
const ANNOUNCE_MS = 10_000;
/** A hidden tab lets go of its stream after this long: connections are few. */
const HIDDEN_MS = 30_000;

/** What comes in, as it comes, oldest above; it follows the end until somebody scrolls up. */
export function LiveLog({ filter }: { readonly filter: LogFilter }) {
  const { base } = useConsole();
  const [rows, setRows] = useState<readonly TailRow[]>([]);
  const [broken, setBroken] = useState(false);
  const [unread, setUnread] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const wanted = useRef(filter);
  wanted.current = filter;

  // Another filter: what was shown does not fit any more.
  const filterText = describeFilter(filter);
  useEffect(
    () => setRows((shown) => shown.filter((row) => row.kind === 'gap' || fits(row.line, filter))),
    [filterText],
  );

  useEffect(() => {
    let waiting: TailRow[] = [];
    let fresh = 0;
    let brokenSinceMs: number | undefined;
    let refusals = 0;
    let reopening: ReturnType<typeof setTimeout> | undefined;
    let hiding: ReturnType<typeof setTimeout> | undefined;
    let isAway = false;
    const push = (more: readonly TailRow[]): void => {
      // In a hidden tab nothing is drawn, and a burst must not pile up.
      waiting = [...withMore(waiting, more)];
      fresh += more.length;
    };
    const source = ownSource(`${base}/api/v1/events?topics=logs`, {
      heard({ event, data }) {
        if (brokenSinceMs !== undefined) {
          push([
            gap(
              `after ${Date.now()}`,
              `Interrupted for ${Math.max(1, Math.round((Date.now() - brokenSinceMs) / 1_000))} s: lines from that time are in the list, not here`,
            ),
          ]);
          brokenSinceMs = undefined;
          refusals = 0;
          setBroken(false);
        }
        if (event !== 'log') return;
        const { lines, dropped } = JSON.parse(data) as StreamEvents['log'];
        push(rowsOf(lines, dropped, (line: LogLine) => fits(line, wanted.current)));
      },
      failed(refused) {
        brokenSinceMs ??= Date.now();
        setBroken(true);
        if (!refused) return;
        clearTimeout(reopening);
        refusals += 1;
        const waitMs = backoffMs(refusals, Math.random, { baseMs: REOPEN_MS });
        reopening = setTimeout(() => {
          // A hidden tab opens it when it is seen again.
          if (document.visibilityState === 'hidden') isAway = true;
          else source.open();
        }, waitMs);
      },
    });
    source.open();
    const drawing = setInterval(() => {
      if (waiting.length === 0 || document.visibilityState === 'hidden') return;
      const more = waiting;
      waiting = [];
      setRows((shown) => withMore(shown, more));
      if (!following.current) setUnread((count) => count + more.length);
    }, BATCH_MS);
    const speaking = setInterval(() => {
      if (fresh > 0) announce(`${fresh} new line${fresh === 1 ? '' : 's'}`);
      fresh = 0;
    }, ANNOUNCE_MS);
    const onVisibility = (): void => {
      clearTimeout(hiding);
      if (document.visibilityState === 'hidden') {
        hiding = setTimeout(() => {
          isAway = true;
          brokenSinceMs = Date.now();
          source.close();
        }, HIDDEN_MS);
      } else if (isAway) {
        isAway = false;
        source.open();
      }
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      source.close();
      clearInterval(drawing);
      clearInterval(speaking);
      clearTimeout(reopening);
      clearTimeout(hiding);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [base]);

  useEffect(() => {
    if (following.current) box.current?.scrollTo(0, box.current.scrollHeight);
  }, [rows]);

  const toEnd = (): void => {
    following.current = true;
    setUnread(0);
    box.current?.scrollTo(0, box.current.scrollHeight);
  };
  return (
    <div class="live-log">
      {broken && (
        <Banner tone="warning" title="The live log is interrupted" role="status">
          Reconnecting automatically.
        </Banner>
      )}
      <div
        class="log-box"
        ref={box}
        role="log"
        aria-live="off"
        aria-label="Live log"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keyboard too
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          const atEnd = scrollTop + clientHeight >= scrollHeight - 24;
          following.current = atEnd;
          if (atEnd) setUnread(0);
        }}
      >
        {rows.length === 0 ? (
          <p class="log-empty muted">Waiting for the next line{filterText === '' ? '' : ` with ${filterText}`}…</p>
        ) : (
          <ol class="log-lines">
            {rows.map((row) =>
              row.kind === 'line' ? (
                <LogLineView key={row.key} line={row.line} />
              ) : (
                <li key={row.key} class="log-gap">
                  {row.text}
                </li>
              ),
            )}
          </ol>
        )}
      </div>
      <div class="log-foot">
        <span class="muted">Shows the last {ROWS_MAX.toLocaleString('en-CA')} lines.</span>
        {unread > 0 && (
          <Button size="small" icon="chevron-down" onClick={toEnd}>
            {`${unread} new line${unread === 1 ? '' : 's'}`}
          </Button>
        )}
      </div>
    </div>
  );
}
