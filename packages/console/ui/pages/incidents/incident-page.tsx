import { useState } from 'preact/hooks';
import {
  Banner,
  Button,
  Card,
  EmptyState,
  exactTimeText,
  LinkButton,
  notify,
  Segments,
  StatusMark,
} from '@dualbrake/kit';
import type { IncidentDetail, TimelineEntry } from '../../../src/contract.ts';
import { ApiError, newKey } from '../../live/api.ts';
import { useConsole } from '../../live/context.ts';
import { useDenied } from '../../live/denied.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { ask } from '../../orders/current-order.ts';
import { noteIncident, resolveIncident } from '../../orders/incident-orders.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { Figures } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { ServiceRow } from '../../parts/service-row.tsx';
import { Time } from '../../parts/time.tsx';
import { ErrorTable } from '../breakers/error-table.tsx';
import { clockText, durationText, needsLook, numberText, sentence } from '../../words/words.ts';
import { incidentLook, kindWords, rowsOf, timeTo } from './incident-words.ts';

/** One incident: the sentence, the causes, what can be done, and the proof that it worked. */
export function IncidentPage({ number }: { readonly number: string }) {
  const incident = useResource<IncidentDetail>(`incidents/${encodeURIComponent(number)}`);
  return (
    <Page
      title={`Incident ${number}`}
      back={{ href: hrefOf(['incidents']), label: 'Incidents' }}
      beside={<AsOf resource={incident} />}
    >
      <Loaded resource={incident} what={`incident ${number}`}>
        {(detail) => <Report detail={detail} refresh={incident.refresh} />}
      </Loaded>
    </Page>
  );
}

function Report({ detail, refresh }: { readonly detail: IncidentDetail; readonly refresh: () => Promise<void> }) {
  const { api } = useConsole();
  const { number, verdict, flaps, members } = detail;
  const look = incidentLook(detail);
  // What people ordered has no time to recover: it lasts as long as they want.
  const isOrder = members.every(({ cause }) => cause === 'operator');
  return (
    <>
      <section
        class={`verdict incident-verdict tone-${look.tone}`}
        aria-label="Verdict"
        tabIndex={-1}
        data-state={detail.state}
      >
        <div class="standing-words">
          <p class="verdict-text">{verdict}</p>
          <p class="verdict-detail">
            <StatusMark shape={look.shape} tone={look.tone}>
              {look.word}
              {detail.acknowledged_by !== null && ` by ${detail.acknowledged_by}`}
              {detail.resolved_by !== null &&
                (detail.resolved_by === 'rule'
                  ? ': all breakers stayed closed for a minute'
                  : ` by ${detail.resolved_by}`)}
            </StatusMark>
            {isOrder && ' Isolated by an operator: this doesn’t count towards recovery times.'}
          </p>
          <IncidentActions detail={detail} refresh={refresh} />
        </div>
      </section>
      <Figures
        figures={[
          {
            name: 'Opened',
            value: <Time instant={detail.opened_at} />,
            note: new Date(detail.opened_at).toLocaleTimeString('en-CA', { hourCycle: 'h23' }),
          },
          { name: 'Time to detect', term: 'time-to-detect', value: durationText(detail.detect_ms) },
          {
            name: 'Time to acknowledge',
            term: 'time-to-acknowledge',
            value: timeTo(detail.acknowledge_ms, detail.state, 'Never'),
          },
          {
            name: isOrder ? 'Isolated for' : 'Time to recover',
            term: isOrder ? 'isolated' : 'time-to-recover',
            value: timeTo(detail.recover_ms, detail.state, '—'),
          },
          {
            name: 'Flaps',
            term: 'flaps',
            value: numberText(flaps),
            note: `${members.length} breaker${members.length === 1 ? '' : 's'}`,
          },
        ]}
      />
      <div class="columns incident-columns">
        <div class="column">
          <Act detail={detail} />
          <Card title="Errors during the incident" flush>
            <ErrorTable errors={detail.errors} />
          </Card>
          <Timeline timeline={detail.timeline} folds={detail.folds} />
        </div>
        <div class="column">
          <Causes causes={detail.causes} />
          <Card title="Export report">
            <p class="muted">The same report as a file, for a review.</p>
            <div class="button-row">
              <LinkButton
                icon="download"
                href={api.url(`incidents/${number}/export?format=markdown`)}
                download={`incident-${number}.md`}
              >
                Markdown
              </LinkButton>
              <LinkButton
                icon="download"
                href={api.url(`incidents/${number}/export?format=json`)}
                download={`incident-${number}.json`}
              >
                JSON
              </LinkButton>
            </div>
          </Card>
        </div>
      </div>
    </>
  );
}

/** Acknowledge says only "I am on it": it changes nothing in the program, so one press is enough. */
function IncidentActions({
  detail,
  refresh,
}: {
  readonly detail: IncidentDetail;
  readonly refresh: () => Promise<void>;
}) {
  const { api } = useConsole();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const [key] = useState(newKey);
  const { number, state } = detail;
  const closed = useDenied('incident:edit');
  const acknowledge = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.send('POST', `incidents/${number}/acknowledge`, {}, { key });
      await refresh();
      // The button is gone: keyboard users continue from here.
      document.querySelector<HTMLElement>('.incident-verdict')?.focus();
      notify(`Incident ${number} acknowledged: others can see that you are on it.`);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'Something went wrong. Try again.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div class="button-row">
        {state === 'triggered' && (
          <Button variant="primary" busy={busy} closedReason={closed} onClick={() => void acknowledge()}>
            Acknowledge
          </Button>
        )}
        <Button closedReason={closed} onClick={() => ask(noteIncident(detail, () => void refresh()))}>
          Add a note…
        </Button>
        {state !== 'resolved' && (
          <Button
            closedReason={
              closed ??
              (detail.members.some(({ closed_at: at }) => at === null)
                ? 'Calls are still blocked. An incident can be resolved once all its breakers are closed.'
                : undefined)
            }
            onClick={() => ask(resolveIncident(detail, () => void refresh()))}
          >
            Resolve…
          </Button>
        )}
      </div>
      {problem !== undefined && (
        <Banner tone="danger" title="Not acknowledged" role="alert">
          {problem}
        </Banner>
      )}
    </>
  );
}

/** Is it us, the settings, or them? The strongest evidence first, each with the way to look at it. */
function Causes({ causes }: Pick<IncidentDetail, 'causes'>) {
  return (
    <Card title="Likely causes" flush>
      {causes.length === 0 ? (
        <EmptyState title="No likely cause found">
          No service change, settings change, action, health check, drill or notable log line was recorded shortly
          before the opening.
        </EmptyState>
      ) : (
        <ol class="suspects">
          {causes.map(({ text, at, before_ms: beforeMs, kind, correlation_id: cid }) => (
            <li key={`${at} ${text}`}>
              <p class="suspect-kind">
                {kindWords[kind]},{' '}
                {beforeMs === 0
                  ? 'at the opening'
                  : beforeMs > 0
                    ? `${durationText(beforeMs)} before the opening`
                    : `${durationText(-beforeMs)} after the opening`}
              </p>
              <p>{sentence(text)}</p>
              <p class="status-detail">
                {clockText(Date.parse(at))}
                {cid !== null && (
                  <>
                    {' · '}
                    <a href={hrefOf(['logs'], { cid })}>View logs of this call</a>
                  </>
                )}
                {(kind === 'service' || kind === 'log') && (
                  <>
                    {' · '}
                    <a href={hrefOf(['logs'], { level: 'warn' })}>View logs</a>
                  </>
                )}
                {kind === 'config' && (
                  <>
                    {' · '}
                    <a href={hrefOf(['settings', 'revisions'])}>View revisions</a>
                  </>
                )}
                {kind === 'fault' && (
                  <>
                    {' · '}
                    <a href={hrefOf(['drills'])}>View drills</a>
                  </>
                )}
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** The breakers and services that it is about, as they are now, with their orders. */
function Act({ detail }: { readonly detail: IncidentDetail }) {
  const report = useConsole().live.report.value;
  if (report === undefined) return null;
  const ids = detail.members.map(({ breaker }) => breaker);
  const breakers = report.breakers.filter(({ id }) => ids.includes(id));
  const services = report.services.filter(({ dependants }) => dependants.some((each) => ids.includes(each)));
  const wanting = breakers.filter(needsLook);
  const over = detail.state === 'resolved';
  return (
    <Card title={over ? 'Current state' : 'What you can do'} flush>
      <ul class="status-list">
        {services.map((service) => (
          <ServiceRow key={service.id} service={service} />
        ))}
        {wanting.map((breaker) => (
          <BreakerRow key={breaker.id} breaker={breaker} />
        ))}
        {wanting.length < breakers.length && (
          <li class="status-item">
            <p class="status-detail">
              Closed:{' '}
              {breakers
                .filter((breaker) => !needsLook(breaker))
                .map(({ id, name }, place) => (
                  <span key={id}>
                    {place > 0 && ', '}
                    <a href={hrefOf(['breakers', id])}>{name}</a>
                  </span>
                ))}
              .
            </p>
          </li>
        )}
      </ul>
    </Card>
  );
}

type Kinds = 'all' | 'people' | 'states' | 'failures';
const kindsOf: Readonly<Record<Exclude<Kinds, 'all'>, readonly TimelineEntry['kind'][]>> = {
  people: ['order', 'operation', 'config', 'fault', 'note', 'incident'],
  states: ['transition', 'service', 'check'],
  failures: ['failure', 'error', 'log'],
};

function Timeline({ timeline, folds }: Pick<IncidentDetail, 'timeline' | 'folds'>) {
  const [kinds, setKinds] = useState<Kinds>('all');
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const wanted = kinds === 'all' ? timeline : timeline.filter(({ kind }) => kindsOf[kinds].includes(kind));
  const rows = rowsOf(wanted, folds, unfolded);
  const toggle = (place: number): void => {
    const next = new Set(unfolded);
    if (!next.delete(place)) next.add(place);
    setUnfolded(next);
  };
  return (
    <Card
      title="Timeline"
      actions={
        <Segments
          label="Show in the timeline"
          value={kinds}
          options={[
            { value: 'all', label: 'All' },
            { value: 'people', label: 'People' },
            { value: 'states', label: 'States' },
            { value: 'failures', label: 'Failures' },
          ]}
          onChange={setKinds}
        />
      }
      flush
    >
      {rows.length === 0 ? (
        <EmptyState title="Nothing of that kind" />
      ) : (
        <ol class="timeline incident-timeline">
          {rows.map((row) =>
            row.kind === 'fold' ? (
              <Fold
                key={`fold ${row.place}`}
                fold={row.fold}
                isOpen={unfolded.has(row.place)}
                toggle={() => toggle(row.place)}
              />
            ) : (
              <Entry key={`${row.entry.at} ${row.entry.kind} ${row.entry.target} ${row.entry.text}`} {...row} />
            ),
          )}
        </ol>
      )}
    </Card>
  );
}

function Entry({ entry, time }: { readonly entry: TimelineEntry; readonly time: string }) {
  const { at, kind, text, actor, correlation_id: cid, fold } = entry;
  return (
    <li data-folded={fold === null ? undefined : ''}>
      <span class="timeline-kind">{kindWords[kind]}</span>
      <p class="timeline-what">
        {sentence(text)}
        {actor !== null && <span class="muted"> By {actor}.</span>}
        {cid !== null && (
          <>
            {' '}
            <a href={hrefOf(['logs'], { cid })}>View logs</a>
          </>
        )}
      </p>
      <p class="timeline-when numbers">
        <time dateTime={at} title={exactTimeText(Date.parse(at))}>
          {time}
        </time>
      </p>
    </li>
  );
}

/** `database: 130 × half-open/open between 03:12:04 and 03:14:10`, with the way to see each of them. */
function Fold({
  fold: { text, from, to },
  isOpen,
  toggle,
}: {
  readonly fold: IncidentDetail['folds'][number];
  readonly isOpen: boolean;
  readonly toggle: () => void;
}) {
  const [start, end] = [clockText(Date.parse(from)), clockText(Date.parse(to))];
  return (
    <li>
      <span class="timeline-kind">Flapping</span>
      <p class="timeline-what">
        {text} between {start} and {end}.{' '}
        <Button size="small" variant="quiet" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? 'Hide changes' : 'Show changes'}
        </Button>
      </p>
      <p class="timeline-when numbers">{start}</p>
    </li>
  );
}
