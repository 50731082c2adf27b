import { addMetrics, metric, type Metric, type MetricRegister, type Sample } from 'dualbrake/prometheus';
import type { Console, ConsoleFigures } from './console.ts';

/**
 * Lets Prometheus see how the console itself does, what was ordered at it, and how many incidents there are. For what
 * happens at breakers and retries there is `exportMetrics` of `dualbrake/prometheus`.
 *
 * @param register a `Registry` of prom-client
 * @returns takes the metrics out again
 * @throws Error when a name of a metric is taken
 */
export function exportConsoleMetrics(
  console: Pick<Console, 'figures'>,
  { register }: { readonly register: MetricRegister },
): () => void {
  return addMetrics(register, consoleMetrics(sharedFigures(console)));
}

function consoleMetrics(now: () => ConsoleFigures): readonly Metric[] {
  return [
    metric({
      name: 'recovery_console_requests_total',
      help: 'Requests that the console has answered.',
      type: 'counter',
      collect: () =>
        now().requests.map(({ route, code, count }) => ({ labels: { route, code: String(code) }, value: count })),
    }),
    metric({
      name: 'recovery_console_streams',
      help: 'Streams of events that are open.',
      type: 'gauge',
      collect: () => one(now().streams),
    }),
    metric({
      name: 'recovery_console_stream_lagged_total',
      help: 'Streams that were ended because their client did not read.',
      type: 'counter',
      collect: () => one(now().streamsLagged),
    }),
    metric({
      name: 'recovery_console_auth_failures_total',
      help: 'Requests of nobody who is signed in.',
      type: 'counter',
      collect: () => one(now().authenticationFailures),
    }),
    metric({
      name: 'recovery_console_audit_failures_total',
      help: 'Orders that were refused because the audit log could not be written.',
      type: 'counter',
      collect: () => one(now().auditFailures),
    }),
    metric({
      name: 'recovery_console_log_lines_dropped_total',
      help: 'Lines of the log that came too fast to be kept.',
      type: 'counter',
      collect: () => one(now().logLinesDropped),
    }),
    metric({
      name: 'recovery_console_event_loop_delay_seconds',
      help: 'How late the event loop was, 99th percentile of the last ten seconds.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => one(secondsOf(now().eventLoopDelayMs)),
    }),
    metric({
      name: 'recovery_config_revision',
      help: 'The revision of settings that is in force; 0 is the code alone.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => one(now().configRevision),
    }),
    metric({
      name: 'recovery_config_updates_total',
      help: 'Changes of settings, by what they came to.',
      type: 'counter',
      collect: () => each('outcome', now().configUpdates),
    }),
    metric({
      name: 'recovery_incidents_total',
      help: 'Incidents that are over, by how grave they were.',
      type: 'counter',
      collect: () => each('severity', now().incidentsEnded),
    }),
    metric({
      name: 'recovery_incident_open',
      help: 'Incidents that are not over.',
      type: 'gauge',
      collect: () => each('severity', now().incidentsOpen),
    }),
    metric({
      name: 'recovery_health_check_up',
      help: 'Whether a service is up, by its own report.',
      type: 'gauge',
      aggregator: 'min',
      collect: () => now().services.map(({ service, up }) => ({ labels: { check: service }, value: Number(up) })),
    }),
    metric({
      name: 'recovery_health_check_duration_seconds',
      help: 'How long the last automatic check of a service took.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => now().checks.map(({ service, durationMs }) => checkSample(service, durationMs)),
    }),
    metric({
      name: 'recovery_health_check_last_run_timestamp_seconds',
      help: 'When the last automatic check of a service ended.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => now().checks.map(({ service, endedAt }) => checkSample(service, endedAt)),
    }),
    metric({
      name: 'recovery_actions_total',
      help: 'Actions on services that have ended.',
      type: 'counter',
      collect: () => now().actions.map(({ durations, ...labels }) => ({ labels, value: durations.count })),
    }),
    metric({
      name: 'recovery_action_duration_seconds',
      help: 'How long actions on services took.',
      type: 'histogram',
      collect: () => now().actions.map(({ durations, ...labels }) => ({ labels, durations })),
    }),
  ];
}

/** One look at everything for all metrics of a scrape: they ask one after the other, without a pause. */
function sharedFigures(console: Pick<Console, 'figures'>): () => ConsoleFigures {
  let known: ConsoleFigures | undefined;
  return () => {
    if (known !== undefined) return known;
    known = console.figures();
    queueMicrotask(() => (known = undefined));
    return known;
  };
}

function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

function each(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function checkSample(check: string, ms: number): Sample {
  return { labels: { check }, value: ms / 1_000 };
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
