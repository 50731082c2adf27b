import { Card, DataList } from '@dualbrake/kit';
import type { OverviewView, ServiceView } from '../../../src/contract.ts';
import { serviceTexts } from '../../actions/service-actions.ts';
import { useConsole } from '../../live/context.ts';
import { hrefOf } from '../../live/router.ts';
import type { PageProps } from '../../pages.ts';
import { NotFoundPage, Page, ReportPage } from '../../parts/page.tsx';
import { ServiceList } from '../../parts/service-row.tsx';
import { Time } from '../../parts/time.tsx';
import { clockText, countText, limitText, sentence } from '../../words/words.ts';

/** All services, or the one in the URL. */
export function ServicesPage({ rest: [id] }: PageProps) {
  const report = useConsole().live.report.value;
  if (id !== undefined && report !== undefined) {
    const service = report.services.find((each) => each.id === id);
    if (service === undefined) return <NotFoundPage kind="service" id={id} path="services" />;
    return <Service service={service} report={report} />;
  }
  return (
    <ReportPage
      title="Services"
      description="The dependencies and parts of the application, and the actions they offer."
    >
      {({ services }) => (
        <Card title={countText(services.length, 'service')} flush>
          <ServiceList services={services} />
        </Card>
      )}
    </ReportPage>
  );
}

function Service({ service, report }: Readonly<{ service: ServiceView; report: OverviewView }>) {
  const { operation, action_details: actions, dependants } = service;
  return (
    <Page title={service.name} back={{ href: hrefOf(['services']), label: 'Services' }}>
      <Card title="Current state" flush>
        <ServiceList services={[service]} />
      </Card>
      {operation !== null && (
        <Card title="Last action">
          {operation.steps.length === 0 ? (
            <p class="muted">No steps were reported.</p>
          ) : (
            <ol>
              {operation.steps.map(({ at, text }) => (
                <li key={`${at} ${text}`}>
                  <span class="numbers muted">{clockText(at)}</span> {text}
                </li>
              ))}
            </ol>
          )}
          {operation.message !== null && <p>{sentence(operation.message)}</p>}
        </Card>
      )}
      <Card title="Actions" flush>
        <DataList
          facts={actions.map((action) => ({
            name: serviceTexts(action.name).verb,
            value: <ActionText action={action} now={report.now} />,
          }))}
        />
      </Card>
      <Card title="Used by">
        {dependants.length === 0 ? (
          <p class="muted">No known dependants.</p>
        ) : (
          <ul class="row">
            {dependants.map((id) => {
              const breaker = report.breakers.find((each) => each.id === id);
              return (
                <li key={id}>
                  <a class="chip" href={hrefOf([breaker === undefined ? 'services' : 'breakers', id])}>
                    {breaker?.name ?? id}
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

function ActionText({ action, now }: Readonly<{ action: ServiceView['action_details'][number]; now: string }>) {
  const { name, time_limit_ms: limitMs, cool_down_ms: coolDownMs, destructive, cooling_until: until } = action;
  return (
    <>
      {serviceTexts(name).consequence} {destructive && 'Users will notice. '}
      Times out after {limitText(limitMs)}
      {coolDownMs > 0 && `; available again after ${limitText(coolDownMs)}`}.{' '}
      {until !== null && Date.parse(until) > Date.parse(now) && (
        <>
          Not available until <Time instant={until} form="both" />.
        </>
      )}
    </>
  );
}
