import { Card, DataList, EmptyState, LinkButton } from '@dualbrake/kit';
import type { OverviewView, ServiceView } from '../../../src/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { useConsole } from '../../live/context.ts';
import { hrefOf } from '../../live/router.ts';
import { serviceWords } from '../../orders/service-orders.ts';
import { NoReport, Page } from '../../parts/page.tsx';
import { ServiceRow } from '../../parts/service-row.tsx';
import { Time } from '../../parts/time.tsx';
import { clockText, limitText, sentence } from '../../words/words.ts';

/** Databases, pools and workers: how each is, and what can be done to it. */
export function ServicesPages({ rest }: PageProps) {
  const report = useConsole().live.report.value;
  const [id] = rest;
  const service = report?.services.find((each) => each.id === id);
  if (id !== undefined && report !== undefined) return <ServicePage id={id} service={service} report={report} />;
  return (
    <Page
      title="Services"
      description="What the application depends on or consists of, and the actions each service offers."
    >
      {report === undefined ? (
        <NoReport />
      ) : report.services.length === 0 ? (
        <EmptyState icon="server" title="No services">
          The application hasn’t registered any services. Pass them to createConsole and they appear here with their
          state and actions.
        </EmptyState>
      ) : (
        <Card title={`${report.services.length} service${report.services.length === 1 ? '' : 's'}`} flush>
          <ul class="status-list">
            {report.services.map((each) => (
              <ServiceRow key={each.id} service={each} />
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}

function ServicePage({
  id,
  service,
  report,
}: {
  readonly id: string;
  readonly service: ServiceView | undefined;
  readonly report: OverviewView;
}) {
  const back = { href: hrefOf(['services']), label: 'Services' };
  if (service === undefined) {
    return (
      <Page title="No such service" back={back}>
        <EmptyState title={`No service named “${id}”`} actions={<LinkButton href={back.href}>All services</LinkButton>}>
          It may belong to another version of the application.
        </EmptyState>
      </Page>
    );
  }
  const { operation, action_details: actions, dependants } = service;
  return (
    <Page title={service.name} back={back}>
      <Card title="Current state" flush>
        <ul class="status-list">
          <ServiceRow service={service} />
        </ul>
      </Card>
      {operation !== null && (
        <Card title="Last action">
          {operation.steps.length === 0 ? (
            <p class="muted">No steps were reported.</p>
          ) : (
            <ol class="step-list">
              {operation.steps.map(({ at, text }) => (
                <li key={`${at} ${text}`}>
                  <span class="numbers muted">{clockText(Date.parse(at))}</span> {text}
                </li>
              ))}
            </ol>
          )}
          {operation.message !== null && <p>{sentence(operation.message)}</p>}
        </Card>
      )}
      <Card title="Actions" flush>
        <div class="service-actions">
          <DataList
            facts={actions.map(
              ({ name, time_limit_ms: limit, cool_down_ms: cool, destructive, cooling_until: until }) => ({
                name: serviceWords(name).verb,
                value: (
                  <>
                    {serviceWords(name).consequence} {destructive && 'Users will notice. '}
                    Times out after {limitText(limit)}
                    {cool > 0 && `; available again after ${limitText(cool)}`}.
                    {until !== null && Date.parse(until) > Date.parse(report.now) && (
                      <>
                        {' '}
                        Not available until <Time instant={until} form="both" />.
                      </>
                    )}
                  </>
                ),
              }),
            )}
          />
        </div>
      </Card>
      <Card title="Used by">
        {dependants.length === 0 ? (
          <p class="muted">No known dependants.</p>
        ) : (
          <ul class="chip-list">
            {dependants.map((each) => {
              const breaker = report.breakers.find((one) => one.id === each);
              return (
                <li key={each}>
                  <a class="chip" href={hrefOf([breaker === undefined ? 'services' : 'breakers', each])}>
                    {breaker?.name ?? each}
                  </a>
                </li>
              );
            })}
          </ul>
        )}
      </Card>
    </Page>
  );
}
