import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton, notify, Segments, StatusMark } from '../../../kit/index.ts';
import type { IncidentDetail, TimelineEntry } from '../../../src/contract.ts';
import { ApiError, newKey } from '../../live/api.ts';
import { useConsole, useMay } from '../../live/context.ts';
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
import { durationText, needsLook, numberText, sentence } from '../../words/words.ts';
import { incidentLook, kindWords, suspectsOf } from './incident-words.ts';

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
  const { number, verdict, drill, flaps, members } = detail;
  const look = incidentLook(detail);
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
                (detail.resolved_by === 'rule' ? ': all stayed closed for a minute' : ` by ${detail.resolved_by}`)}
            </StatusMark>
            {drill && ' It is a drill: it does not count in the times to recover.'}
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
            value: detail.acknowledge_ms === null ? 'not yet' : durationText(detail.acknowledge_ms),
          },
          {
            name: 'Time to recover',
            term: 'time-to-recover',
            value: detail.recover_ms === null ? 'not yet' : durationText(detail.recover_ms),
          },
          {
            name: 'Flaps',
            term: 'flaps',
            value: numberText(flaps),
            note: `${members.length} breaker${members.length === 1 ? '' : 's'}`,
          },
        ]}
      />
      <div class="columns">
        <div class="column">
          <Act detail={detail} />
          <Timeline entries={detail.timeline} />
        </div>
        <div class="column">
          <Suspects detail={detail} />
          <Card title="Errors of that time" flush>
            <ErrorTable errors={detail.errors} />
          </Card>
          <Card title="Hand it in">
            <p class="muted">The same report as a file, for the review.</p>
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
  const may = useMay('incident:edit');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const [key] = useState(newKey);
  const { number, state } = detail;
  const closed = may ? undefined : 'This needs the role operator.';
  const acknowledge = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.send('POST', `incidents/${number}/acknowledge`, {}, { key });
      await refresh();
      // The button is gone: who uses the keyboard goes on from here.
      document.querySelector<HTMLElement>('.incident-verdict')?.focus();
      notify(`Incident ${number} is acknowledged: the others see that you are on it.`);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'It did not work.');
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
                ? 'Calls are still blocked: it cannot be resolved before all its breakers are closed.'
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

/** Is it us, the settings, or them? The nearest in time, each with the way to look at it. */
function Suspects({ detail }: { readonly detail: IncidentDetail }) {
  const suspects = suspectsOf(detail);
  return (
    <Card title="Likely causes" flush>
      {suspects.length === 0 ? (
        <EmptyState title="Nothing was changed before">
          No settings, orders, checks or drills are known from shortly before the opening.
        </EmptyState>
      ) : (
        <ol class="suspects">
          {suspects.map(({ text, at, beforeMs, kind, correlationId }) => (
            <li key={`${at} ${text}`}>
              <p class="suspect-kind">
                {kindWords[kind]},{' '}
                {beforeMs >= 0 ? `${durationText(beforeMs)} before` : `${durationText(-beforeMs)} after the opening`}
              </p>
              <p>{sentence(text)}</p>
              <p class="status-detail">
                <Time instant={at} form="both" />
                {correlationId !== null && (
                  <>
                    {' · '}
                    <a href={hrefOf(['logs'], { cid: correlationId })}>log of that call</a>
                  </>
                )}
                {kind === 'config' && (
                  <>
                    {' · '}
                    <a href={hrefOf(['settings', 'revisions'])}>what was changed</a>
                  </>
                )}
                {kind === 'fault' && (
                  <>
                    {' · '}
                    <a href={hrefOf(['drills'])}>the drill</a>
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
    <Card title={over ? 'How it is now' : 'What you can do'} flush>
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
              Closed, calls flow:{' '}
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
  states: ['transition', 'check'],
  failures: ['failure', 'error'],
};

function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  const [kinds, setKinds] = useState<Kinds>('all');
  const shown = kinds === 'all' ? entries : entries.filter(({ kind }) => kindsOf[kinds].includes(kind));
  return (
    <Card
      title="Timeline"
      actions={
        <Segments
          label="What the timeline shows"
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
      {shown.length === 0 ? (
        <EmptyState title="Nothing of that kind" />
      ) : (
        <ol class="timeline incident-timeline">
          {shown.map(({ at, kind, target, text, actor, correlation_id: cid }) => (
            <li key={`${at} ${kind} ${target} ${text}`}>
              <span class="timeline-kind">{kindWords[kind]}</span>
              <p class="timeline-what">
                {sentence(text)}
                {actor !== null && <span class="muted"> By {actor}.</span>}
                {cid !== null && (
                  <>
                    {' '}
                    <a href={hrefOf(['logs'], { cid })}>Log</a>
                  </>
                )}
              </p>
              <p class="timeline-when">
                <Time instant={at} form="both" />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
