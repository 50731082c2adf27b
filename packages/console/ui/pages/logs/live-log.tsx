import { useEffect, useRef, useState } from 'preact/hooks';
import { announce, Banner, Button } from '@dualbrake/kit';
import { backoffMs } from '@dualbrake/kit/poller';
import type { StreamEvents } from '../../../src/contract.ts';
import { REOPEN_MS } from '../../live/connection.ts';
import { useConsole } from '../../live/context.ts';
import { ownSource } from '../../live/source.ts';
import { countText, numberText } from '../../words/words.ts';
import { filterText, matches, type LogFilter } from './log-filter.ts';
import { LogLineView } from './log-line-view.tsx';
import { appended, gap, rowsOf, ROWS_MAX, type TailRow } from './tail.ts';

/** Lines are rendered in batches, so that a burst doesn't block the page. */
const BATCH_MS = 250;
const ANNOUNCE_MS = 10_000;
/** A hidden tab closes its stream after this long: browsers limit the number of connections. */
const HIDDEN_MS = 30_000;

/** New lines as they arrive, oldest first. Follows the end until the user scrolls up. */
export function LiveLog({ filter }: Readonly<{ filter: LogFilter }>) {
  const { base } = useConsole();
  const [rows, setRows] = useState<readonly TailRow[]>([]);
  const [isInterrupted, setInterrupted] = useState(false);
  const [unread, setUnread] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const currentFilter = useRef(filter);
  currentFilter.current = filter;

  const text = filterText(filter);
  useEffect(() => setRows((shown) => shown.filter((row) => row.kind === 'gap' || matches(row.line, filter))), [text]);

  useEffect(() => {
    let pending: readonly TailRow[] = [];
    let unannounced = 0;
    let interruptedAtMs: number | undefined;
    let refusals = 0;
    let reopenTimer: ReturnType<typeof setTimeout> | undefined;
    let hideTimer: ReturnType<typeof setTimeout> | undefined;
    let isPaused = false;
    const push = (more: readonly TailRow[]): void => {
      // Limited here, too: a hidden tab renders nothing, and its pending rows must not grow.
      pending = appended(pending, more);
      unannounced += more.length;
    };
    const source = ownSource(`${base}/api/v1/events?topics=logs`, {
      receive({ event, data }) {
        if (interruptedAtMs !== undefined) {
          const seconds = Math.max(1, Math.round((Date.now() - interruptedAtMs) / 1_000));
          push([
            gap(
              `after ${Date.now()}`,
              `Interrupted for ${seconds} s: pause to see the lines from that time in the list`,
            ),
          ]);
          interruptedAtMs = undefined;
          refusals = 0;
          setInterrupted(false);
        }
        if (event !== 'log') return;
        const { lines, dropped } = JSON.parse(data) as StreamEvents['log'];
        push(rowsOf(lines, dropped, (line) => matches(line, currentFilter.current)));
      },
      fail(refused) {
        interruptedAtMs ??= Date.now();
        setInterrupted(true);
        if (!refused) return;
        clearTimeout(reopenTimer);
        refusals += 1;
        reopenTimer = setTimeout(
          () => {
            // A hidden tab reopens it when it is visible again.
            if (document.visibilityState === 'hidden') isPaused = true;
            else source.open();
          },
          backoffMs(refusals, Math.random, { baseMs: REOPEN_MS }),
        );
      },
    });
    source.open();
    const renderTimer = setInterval(() => {
      if (pending.length === 0 || document.visibilityState === 'hidden') return;
      const more = pending;
      pending = [];
      setRows((shown) => appended(shown, more));
      if (!isFollowing.current) setUnread((count) => count + more.length);
    }, BATCH_MS);
    const announceTimer = setInterval(() => {
      if (unannounced > 0) announce(countText(unannounced, 'new line'));
      unannounced = 0;
    }, ANNOUNCE_MS);
    const onVisibility = (): void => {
      clearTimeout(hideTimer);
      if (document.visibilityState === 'hidden') {
        hideTimer = setTimeout(() => {
          isPaused = true;
          interruptedAtMs = Date.now();
          source.close();
        }, HIDDEN_MS);
      } else if (isPaused) {
        isPaused = false;
        source.open();
      }
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      source.close();
      [renderTimer, announceTimer].forEach(clearInterval);
      [reopenTimer, hideTimer].forEach(clearTimeout);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [base]);

  const scrollToEnd = (): void => box.current?.scrollTo(0, box.current.scrollHeight);
  useEffect(() => {
    if (isFollowing.current) scrollToEnd();
  }, [rows]);

  const follow = (): void => {
    isFollowing.current = true;
    setUnread(0);
    scrollToEnd();
  };
  return (
    <div class="stack">
      {isInterrupted && (
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
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- lets keyboard users scroll it
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isFollowing.current = scrollTop + clientHeight >= scrollHeight - 24;
          if (isFollowing.current) setUnread(0);
        }}
      >
        {rows.length === 0 ? (
          <p class="card-body muted">Waiting for the next line{text === '' ? '' : ` with ${text}`}…</p>
        ) : (
          <ol class="list log-lines">
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
      <div class="log-foot row spread">
        <span class="muted">Shows the last {numberText(ROWS_MAX)} lines.</span>
        {unread > 0 && (
          <Button size="small" icon="chevron-down" onClick={follow}>
            {countText(unread, 'new line')}
          </Button>
        )}
      </div>
    </div>
  );
}
