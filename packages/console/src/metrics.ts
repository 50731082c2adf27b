import { addMetrics, metric, type Metric, type MetricRegister, type Sample } from 'dualbrake/prometheus';
import type { Console, ConsoleFigures } from './console.ts';

/**
 * Registers metrics of the console itself with Prometheus: its requests, actions and incidents. Breakers and retries have
 * `exportMetrics` of `dualbrake/prometheus`.
 *
 * @param register a `Registry` of prom-client
 * @returns removes the metrics
 * @throws Error when a metric's name is taken
 */
export function exportConsoleMetrics(
  console: Pick<Console, 'figures'>,
  { register }: { readonly register: MetricRegister },
): () => void {
  return addMetrics(register, consoleMetrics(sharedFigures(console)));
}

function consoleMetrics(now: () => ConsoleFigures): readonly Metric[] {
  return [
    counter('recovery_console_requests_total', 'Requests answered by the console.', () =>
      now().requests.map(({ route, code, count }) => ({ labels: { route, code: String(code) }, value: count })),
    ),
    gauge('recovery_console_streams', 'Open event streams.', 'sum', () => one(now().streams)),
    counter('recovery_console_stream_lagged_total', 'Streams ended because their client did not read.', () =>
      one(now().streamsLagged),
    ),
    counter('recovery_console_auth_failures_total', 'Requests without a valid sign-in.', () =>
      one(now().authenticationFailures),
    ),
    counter('recovery_console_audit_failures_total', 'Actions refused because the audit log failed.', () =>
      one(now().auditFailures),
    ),
    counter('recovery_console_log_lines_dropped_total', 'Log lines that arrived too fast to be kept.', () =>
      one(now().logLinesDropped),
    ),
    gauge(
      'recovery_console_event_loop_delay_seconds',
      'Event-loop delay, 99th percentile of the last ten seconds.',
      'max',
      () => one(now().eventLoopDelayMs).map(inSeconds),
    ),
    gauge('recovery_config_revision', 'Active revision of the settings; 0 is the code.', 'max', () =>
      one(now().configRevision),
    ),
    counter('recovery_config_updates_total', 'Changes of settings, by outcome.', () =>
      each('outcome', now().configUpdates),
    ),
    counter('recovery_incidents_total', 'Resolved incidents, by severity.', () =>
      each('severity', now().incidentsEnded),
    ),
    gauge('recovery_incident_open', 'Unresolved incidents, by severity.', 'sum', () =>
      each('severity', now().incidentsOpen),
    ),
    gauge('recovery_health_check_up', 'Whether a service reports that it is up.', 'min', () =>
      now().services.map(({ service, up }) => ({ labels: { check: service }, value: Number(up) })),
    ),
    gauge('recovery_health_check_duration_seconds', 'Duration of the last automatic check of a service.', 'max', () =>
      now().checks.map(({ service, durationMs }) => inSeconds({ labels: { check: service }, value: durationMs })),
    ),
    gauge('recovery_health_check_last_run_timestamp_seconds', 'End of the last automatic check.', 'max', () =>
      now().checks.map(({ service, endedAt }) => inSeconds({ labels: { check: service }, value: endedAt })),
    ),
    counter('recovery_actions_total', 'Finished actions on services.', () =>
      now().actions.map(({ durations, ...labels }) => ({ labels, value: durations.count })),
    ),
    metric({
      name: 'recovery_action_duration_seconds',
      help: 'Duration of actions on services.',
      type: 'histogram',
      collect: () => now().actions.map(({ durations, ...labels }) => ({ labels, durations })),
    }),
  ];
}

function counter(name: string, help: string, collect: () => Sample[]): Metric {
  return metric({ name, help, type: 'counter', collect });
}

/** @param aggregator how the values of several processes are combined */
function gauge(name: string, help: string, aggregator: 'sum' | 'min' | 'max', collect: () => Sample[]): Metric {
  return metric({ name, help, type: 'gauge', aggregator, collect });
}

/** Reads the figures once per scrape: prom-client collects all metrics in one turn of the event loop. */
function sharedFigures(console: Pick<Console, 'figures'>): () => ConsoleFigures {
  let known: ConsoleFigures | undefined;
  return () => {
    if (known === undefined) queueMicrotask(() => (known = undefined));
    return (known ??= console.figures());
  };
}

function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

function each(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

/** @param sample in milliseconds */
function inSeconds({ labels, value }: Sample): Sample {
  return { labels, value: value / 1_000 };
}
