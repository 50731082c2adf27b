import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton, notify } from '@dualbrake/kit';
import type { IncidentDetail } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { addNote, resolveIncident } from '../../actions/incident-actions.ts';
import { newKey } from '../../live/api.ts';
import { useConsole, useDenied } from '../../live/context.ts';
import { useRequest } from '../../live/request.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { Figures, Links } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { ServiceRow } from '../../parts/service-row.tsx';
import { StateMark } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { clockText, countText, durationText, needsAttention, numberText, sentence } from '../../words/words.ts';
import { ErrorTable } from '../breakers/error-table.tsx';
import { IncidentTimeline } from './incident-timeline.tsx';
import { incidentStatus, kindLabels, timeTo } from './incident-words.ts';

type Detail = Readonly<{ detail: IncidentDetail }>;
type Refresh = Readonly<{ refresh: () => Promise<void> }>;

/** One incident: verdict, likely causes, actions, errors and timeline. */
export function IncidentPage({ number }: Readonly<{ number: string }>) {
  const incident = useResource<IncidentDetail>(`incidents/${encodeURIComponent(number)}`);
  return (
    <Page
      title={`Incident ${number}`}
      back={{ href: hrefOf(['incidents']), label: 'Incidents' }}
      beside={<AsOf resource={incident} />}
    >
      <Loaded resource={incident} what={`incident ${number}`}>
        {(detail) => <Incident detail={detail} refresh={incident.refresh} />}
      </Loaded>
    </Page>
  );
}

function Incident({ detail, refresh }: Detail & Refresh) {
  const { state, flaps, members, acknowledged_by: acknowledgedBy, resolved_by: resolvedBy } = detail;
  const status = incidentStatus(detail);
  const isOverride = members.every(({ cause }) => cause === 'operator');
  return (
    <>
      <section
        class={`verdict standing incident-verdict tone-${status.tone}`}
        aria-label="Verdict"
        tabIndex={-1}
        data-state={state}
      >
        <div class="stack">
          <p class="verdict-text">{detail.verdict}</p>
          <p class="muted">
            <StateMark status={status}>
              {status.label}
              {acknowledgedBy !== null && ` by ${acknowledgedBy}`}
              {resolvedBy === 'rule' && ': all breakers stayed closed for a minute'}
              {resolvedBy !== null && resolvedBy !== 'rule' && ` by ${resolvedBy}`}
            </StateMark>
            {isOverride && ' Isolated by an operator: this doesn’t count towards recovery times.'}
          </p>
          <IncidentActions detail={detail} refresh={refresh} />
        </div>
      </section>
      <Figures
        figures={[
          { name: 'Opened', value: <Time instant={detail.opened_at} />, note: clockText(detail.opened_at) },
          { name: 'Time to detect', value: durationText(detail.detect_ms) },
          {
            name: 'Time to acknowledge',
            value: timeTo(detail.acknowledge_ms, state, 'Never'),
          },
          {
            name: isOverride ? 'Isolated for' : 'Time to recover',
            term: isOverride ? 'Isolated' : 'Time to recover',
            value: timeTo(detail.recover_ms, state, '—'),
          },
          { name: 'Flaps', value: numberText(flaps), note: countText(members.length, 'breaker') },
        ]}
      />
      <div class="columns incident-columns">
        <div class="column">
          <Members detail={detail} />
          <Card title="Errors during the incident" flush>
            <ErrorTable errors={detail.errors} />
          </Card>
          <IncidentTimeline timeline={detail.timeline} folds={detail.folds} />
        </div>
        <div class="column">
          <Causes detail={detail} />
          <Export detail={detail} />
        </div>
      </div>
    </>
  );
}

/** Acknowledging changes nothing in the application, so it needs no dialog. */
function IncidentActions({ detail, refresh }: Detail & Refresh) {
  const { api } = useConsole();
  const { busy, problem, run } = useRequest();
  const [key] = useState(newKey);
  const { number, state, members } = detail;
  const denied = useDenied('incident:edit');
  const blocking = members.some(({ closed_at: at }) => at === null)
    ? 'Calls are still blocked. An incident can be resolved once all its breakers are closed.'
    : undefined;
  const acknowledge = async (): Promise<void> => {
    await api.send('POST', `incidents/${number}/acknowledge`, {}, { key });
    await refresh();
    // The button is gone: keyboard users continue from here.
    document.querySelector<HTMLElement>('.incident-verdict')?.focus();
    notify(`Incident ${number} acknowledged: others can see that you’re working on it.`);
  };
  return (
    <>
      <div class="button-row">
        {state === 'triggered' && (
          <Button variant="primary" busy={busy} disabledReason={denied} onClick={() => run(acknowledge)}>
            Acknowledge
          </Button>
        )}
        <Button disabledReason={denied} onClick={() => openAction(addNote(detail, () => void refresh()))}>
          Add a note…
        </Button>
        {state !== 'resolved' && (
          <Button
            disabledReason={denied ?? blocking}
            onClick={() => openAction(resolveIncident(detail, () => void refresh()))}
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

type Cause = IncidentDetail['causes'][number];

/** The strongest evidence first, each with a link to the details. */
function Causes({ detail: { causes } }: Detail) {
  return (
    <Card title="Likely causes" flush>
      {causes.length === 0 ? (
        <EmptyState title="No likely cause found">
          No service change, settings change, action, health check, drill or notable log line was recorded shortly
          before the opening.
        </EmptyState>
      ) : (
        <ol class="list">
          {causes.map((cause) => (
            <li key={`${cause.at} ${cause.text}`}>
              <p class="row-link">
                {kindLabels[cause.kind]}, {distanceText(cause.before_ms)}
              </p>
              <p>{sentence(cause.text)}</p>
              <p class="status-detail">
                {clockText(cause.at)}
                {' · '}
                <Links links={linksOf(cause)} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function distanceText(beforeMs: number): string {
  if (beforeMs === 0) return 'at the opening';
  return `${durationText(Math.abs(beforeMs))} ${beforeMs > 0 ? 'before' : 'after'} the opening`;
}

function linksOf({ kind, correlation_id: cid }: Cause): readonly { readonly href: string; readonly name: string }[] {
  const logs = { href: hrefOf(['logs'], { level: 'warn' }), name: 'View logs' };
  const links: Readonly<Partial<Record<Cause['kind'], typeof logs>>> = {
    service: logs,
    log: logs,
    config: { href: hrefOf(['settings', 'revisions']), name: 'View revisions' },
    fault: { href: hrefOf(['drills']), name: 'View drills' },
  };
  return [
    ...(cid === null ? [] : [{ href: hrefOf(['logs'], { cid }), name: 'View logs of this call' }]),
    ...(links[kind] === undefined ? [] : [links[kind]]),
  ];
}

/** Breakers and services of the incident in their current state, with their actions. */
function Members({ detail }: Detail) {
  const report = useConsole().live.report.value;
  if (report === undefined) return null;
  const ids = detail.members.map(({ breaker }) => breaker);
  const breakers = report.breakers.filter(({ id }) => ids.includes(id));
  const closed = breakers.filter((breaker) => !needsAttention(breaker));
  return (
    <Card title={detail.state === 'resolved' ? 'Current state' : 'Affected services and breakers'} flush>
      <ul class="list">
        {report.services
          .filter(({ dependants }) => dependants.some((each) => ids.includes(each)))
          .map((service) => (
            <ServiceRow key={service.id} service={service} />
          ))}
        {breakers.filter(needsAttention).map((breaker) => (
          <BreakerRow key={breaker.id} breaker={breaker} />
        ))}
        {closed.length > 0 && (
          <li class="status-item">
            <p class="status-detail">
              Closed: <Links links={closed.map(({ id, name }) => ({ href: hrefOf(['breakers', id]), name }))} />.
            </p>
          </li>
        )}
      </ul>
    </Card>
  );
}

function Export({ detail: { number } }: Detail) {
  const { api } = useConsole();
  const formats = [
    ['Markdown', 'markdown', 'md'],
    ['JSON', 'json', 'json'],
  ] as const;
  return (
    <Card title="Export report">
      <p class="muted">Download this report for a review.</p>
      <div class="button-row">
        {formats.map(([label, format, extension]) => (
          <LinkButton
            key={format}
            icon="download"
            href={api.url(`incidents/${number}/export?format=${format}`)}
            download={`incident-${number}.${extension}`}
          >
            {label}
          </LinkButton>
        ))}
      </div>
    </Card>
  );
}
