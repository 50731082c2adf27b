import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import {
  Badge,
  Banner,
  Button,
  Card,
  EmptyState,
  LinkButton,
  PageHeader,
  Skeleton,
  type StatusShape,
  type Tone,
} from '@dualbrake/kit';
import type { OverviewView } from '../../src/contract.ts';
import { useConsole } from '../live/context.ts';
import { LAGGING_AFTER_MS, type Freshness } from '../live/freshness.ts';
import type { Resource } from '../live/resource.ts';
import { hrefOf } from '../live/router.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText } from '../words/words.ts';
import { Term } from './term.tsx';

/** Suffix of every tab's title. */
const consoleName = 'System status';

interface PageProps {
  readonly title: string;
  readonly beside?: ComponentChildren;
  readonly description?: ComponentChildren;
  readonly back?: { readonly href: string; readonly label: string };
  readonly actions?: ComponentChildren;
}

/** A page of the console: title, age of its values, actions. Stale values turn grey. */
export function Page({ beside, children, ...header }: PageProps & Readonly<{ children: ComponentChildren }>) {
  const { live } = useConsole();
  const environment = live.report.value?.environment ?? '';
  const isStale = live.signedOut.value || live.freshness.value === 'lagging' || live.freshness.value === 'stale';
  useTitle(header.title, isStale);
  return (
    <div class="page console-page">
      <PageHeader
        {...header}
        beside={
          <>
            {beside}
            {environment !== '' && <Badge>{environment}</Badge>}
            {!live.signedOut.value && live.problem.value === undefined && <FreshnessBadge />}
          </>
        }
      />
      <div class="console-content" data-stale={isStale ? '' : undefined}>
        {children}
      </div>
    </div>
  );
}

/** How old the shown values are. */
function FreshnessBadge() {
  const { live } = useConsole();
  const ageMs = live.ageMs.value;
  const asOf = `as of ${clockText(serverNow() - ageMs)}`;
  const seconds = Math.round(ageMs / 1_000);
  const isStreaming = live.mode.value === 'stream';
  const badges: Readonly<Record<Freshness, readonly [Tone, StatusShape, text: string]>> = {
    connecting: ['neutral', 'dotted', 'Connecting…'],
    live: isStreaming ? ['success', 'circle', `Live · ${asOf}`] : ['info', 'ring', `Every 5 s · ${asOf}`],
    lagging: ['warning', 'hourglass', `${seconds} s old`],
    stale: ['danger', 'hourglass', `Stale: ${seconds} s old`],
  };
  const [tone, shape, text] = badges[live.freshness.value];
  return (
    <span class="freshness numbers">
      <Badge tone={tone} shape={shape}>
        {text}
      </Badge>
    </span>
  );
}

/** Sets the tab's title. A page opened by navigation starts at the top, with the focus on its heading. */
function useTitle(title: string, isStale: boolean): void {
  const verdict = useConsole().live.report.value?.verdict;
  const mark = isStale ? '⌛ ' : { good: '', warning: '◐ ', bad: '■ ' }[verdict?.tone ?? 'good'];
  useEffect(() => {
    document.title = `${mark}${title}${title === consoleName ? '' : ` · ${consoleName}`}`;
  }, [mark, title]);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current && document.activeElement === document.body && history.length <= 1) return;
    isFirst.current = false;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, []);
}

/** A page of the current report, or the reason why there is none yet. */
export function ReportPage({
  children,
  ...page
}: PageProps & Readonly<{ children: (report: OverviewView) => ComponentChildren }>) {
  const { live } = useConsole();
  const report = live.report.value;
  return (
    <Page {...page}>
      {report !== undefined ? (
        children(report)
      ) : live.signedOut.value ? null : live.problem.value !== undefined ? (
        <Banner tone="danger" title="Nothing to show yet">
          {live.problem.value} Retrying.
        </Banner>
      ) : (
        <Loading title="Loading the current state…" />
      )}
    </Page>
  );
}

/** For the address of a breaker or service that doesn't exist. */
export function NotFoundPage({ kind, id, path }: Readonly<{ kind: string; id: string; path: string }>) {
  const list = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}s`;
  return (
    <Page title={`No such ${kind}`} back={{ href: hrefOf([path]), label: list }}>
      <EmptyState
        title={`No ${kind} named “${id}”`}
        actions={<LinkButton href={hrefOf([path])}>{`All ${kind}s`}</LinkButton>}
      >
        It may belong to another version of the application, or it has been removed.
      </EmptyState>
    </Page>
  );
}

function Loading({ title }: Readonly<{ title: string }>) {
  return (
    <div aria-busy="true">
      <Card title={title}>
        <div class="stack">
          <Skeleton width="60%" />
          <Skeleton width="40%" />
          <Skeleton width="52%" />
        </div>
      </Card>
    </div>
  );
}

/** The data of a resource; loading; or why it couldn't be loaded. Old data stays, greyed out, when a refresh fails. */
export function Loaded<T>({
  resource: { data, error, asOfMs = 0, refresh },
  what,
  children,
}: Readonly<{
  resource: Resource<T>;
  /** `the errors`, for sentences. */
  what: string;
  children: (data: T) => ComponentChildren;
}>) {
  const { live } = useConsole();
  const retry = <Button onClick={() => void refresh()}>Retry</Button>;
  if (data === undefined) {
    if (live.signedOut.value || error?.status === 401) return null;
    if (error === undefined) return <Loading title={`Loading ${what}…`} />;
    const isMissing = error.status === 404;
    return (
      <EmptyState
        icon={isMissing ? 'search' : 'warning'}
        title={isMissing ? 'Not found' : `Couldn’t load ${what}`}
        actions={retry}
      >
        {error.message}
      </EmptyState>
    );
  }
  const isStale = error !== undefined && serverNow() - asOfMs > LAGGING_AFTER_MS;
  return (
    <>
      {error !== undefined && error.status !== 401 && (
        <Banner tone="warning" title={`Couldn’t refresh ${what}`} actions={retry}>
          {error.message} Shown as of {clockText(asOfMs)}.
        </Banner>
      )}
      <div class="loaded" data-stale={isStale ? '' : undefined}>
        {children(data)}
      </div>
    </>
  );
}

/** `as of 03:02:11`, for data that is fetched apart from the report. */
export function AsOf({ resource: { asOfMs } }: Readonly<{ resource: Resource<unknown> }>) {
  if (asOfMs === undefined) return null;
  return (
    <span class="as-of numbers">
      <Term term="As of">as of</Term> {clockText(asOfMs)}
    </span>
  );
}
