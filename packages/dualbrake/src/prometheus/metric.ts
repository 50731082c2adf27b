import { callBoundsMs, type Histogram } from '../histogram.ts';

/**
 * Labels of a series, by name. Take each value from a bounded set.
 *
 * @example
 * ```ts
 * const labels: Labels = { breaker: 'students-db', state: 'open' };
 * ```
 */
export type Labels = Readonly<Record<string, string>>;

/**
 * One series of a metric and its current value.
 *
 * @example
 * ```ts
 * const sample: Sample = { labels: { queue: 'mail' }, value: 3 };
 * ```
 */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * One series of durations and its current distribution.
 *
 * @example
 * ```ts
 * const durations = new Histogram();
 * durations.record(12);
 * const sample: DurationSample = { labels: { queue: 'mail' }, durations };
 * ```
 */
export interface DurationSample {
  readonly labels: Labels;
  readonly durations: Histogram;
}

/** How prom-client's `AggregatorRegistry` combines the values of the processes of a cluster. */
type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

interface AnyMetricOptions {
  /** In base units. The name of a counter ends in `_total`, the name of a histogram in `_seconds`. */
  readonly name: string;
  /** One sentence that explains the metric. */
  readonly help: string;
  /** How values of several processes are combined. Default `sum`. */
  readonly aggregator?: Aggregator;
}

/**
 * A counter or a gauge: each series has one value.
 *
 * @example
 * ```ts
 * const waiting: ValueMetricOptions = {
 *   name: 'school_waiting_mails',
 *   help: 'E-mails that wait to be sent.',
 *   type: 'gauge',
 *   collect: () => [{ labels: { queue: 'mail' }, value: 3 }],
 * };
 * ```
 */
export interface ValueMetricOptions extends AnyMetricOptions {
  readonly type: 'counter' | 'gauge';
  /** Called at each scrape. Must not return the same labels twice. */
  readonly collect: () => Iterable<Sample>;
}

/**
 * A histogram of durations.
 *
 * @example
 * ```ts
 * const durations = new Histogram();
 * const sending: DurationMetricOptions = {
 *   name: 'school_mail_duration_seconds',
 *   help: 'How long it took to send an e-mail.',
 *   type: 'histogram',
 *   collect: () => [{ labels: { queue: 'mail' }, durations }],
 * };
 * ```
 */
export interface DurationMetricOptions extends AnyMetricOptions {
  readonly type: 'histogram';
  /** Upper bounds of the buckets in milliseconds, ascending; each is 5 doubled or halved some times. Default: 5 ms to 82 s. */
  readonly boundsMs?: readonly number[];
  /** Called at each scrape. Must not return the same labels twice. */
  readonly collect: () => Iterable<DurationSample>;
}

/**
 * The name of a metric and where its values come from.
 *
 * @example
 * ```ts
 * const options: MetricOptions = {
 *   name: 'school_mails_total',
 *   help: 'E-mails that were sent.',
 *   type: 'counter',
 *   collect: () => [{ labels: {}, value: 42 }],
 * };
 * ```
 */
export type MetricOptions = ValueMetricOptions | DurationMetricOptions;

/**
 * One line of what Prometheus scrapes.
 *
 * @example
 * ```ts
 * const line: MetricValue = { labels: { queue: 'mail' }, value: 3 };
 * ```
 */
export interface MetricValue {
  readonly labels: Labels;
  readonly value: number;
  /** The name of the series where it differs from the metric's, such as `…_bucket`. */
  readonly metricName?: string;
}

/**
 * The values of a metric in the form prom-client expects.
 *
 * @example
 * ```ts
 * const { values }: MetricValues = await metric({
 *   name: 'school_waiting_mails',
 *   help: 'E-mails that wait to be sent.',
 *   type: 'gauge',
 *   collect: () => [{ labels: {}, value: 3 }],
 * }).get();
 * ```
 */
export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: MetricOptions['type'];
  readonly aggregator: Aggregator;
  readonly values: MetricValue[];
}

/**
 * A metric that prom-client accepts as one of its own.
 *
 * @example
 * ```ts
 * const waiting: Metric = metric({
 *   name: 'school_waiting_mails',
 *   help: 'E-mails that wait to be sent.',
 *   type: 'gauge',
 *   collect: () => [{ labels: {}, value: 3 }],
 * });
 * ```
 */
export interface Metric extends Omit<MetricValues, 'name' | 'values'> {
  /** Writable: prom-client removes `_total` while it writes OpenMetrics. */
  name: string;
  /** Computes the current values. */
  get(): Promise<MetricValues>;
  /** Does nothing: the values are counted elsewhere. */
  reset(): void;
}

/**
 * The part of a prom-client `Registry` that is used here.
 *
 * @example
 * ```ts
 * import { Registry as PrometheusRegistry } from 'prom-client';
 *
 * const register: MetricRegister = new PrometheusRegistry();
 * exportMetrics(defaultRegistry, { register });
 * ```
 */
export interface MetricRegister {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/**
 * A metric that is computed when it is scraped.
 *
 * @throws TypeError when the name is invalid or does not fit the type
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * const waiting = metric({
 *   name: 'school_waiting_mails',
 *   help: 'E-mails that wait to be sent.',
 *   type: 'gauge',
 *   collect: () => [{ labels: { queue: 'mail' }, value: 3 }],
 * });
 * addMetrics(register, [waiting]);
 * ```
 */
export function metric(options: MetricOptions): Metric {
  const { name, help, type, aggregator = 'sum' } = options;
  const fits = type === 'counter' ? /_total$/ : type === 'histogram' ? /_seconds$/ : /^/;
  if (!/^[a-z_:][a-z0-9_:]*$/i.test(name) || !fits.test(name)) {
    throw new TypeError(
      `"${name}" is not a valid name for a ${type}. Use letters, digits, "_" and ":"; end a counter in _total and a histogram in _seconds.`,
    );
  }
  return {
    name,
    help,
    type,
    aggregator,
    async get() {
      const values = options.type === 'histogram' ? bucketValues(this.name, options) : [...options.collect()];
      return { name: this.name, help, type, aggregator, values };
    },
    reset() {},
  };
}

/**
 * Registers metrics: all of them or none.
 *
 * @returns removes them again
 * @throws Error when a metric of the same name exists already
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * const remove = addMetrics(register, [
 *   metric({
 *     name: 'school_mails_total',
 *     help: 'E-mails that were sent.',
 *     type: 'counter',
 *     collect: () => [{ labels: {}, value: 42 }],
 *   }),
 * ]);
 * remove();
 * ```
 */
export function addMetrics(register: MetricRegister, metrics: readonly Metric[]): () => void {
  const added: { readonly name: string; readonly metric: Metric }[] = [];
  const remove = (): void => {
    // The register may have been cleared and refilled in the meantime.
    for (const { name, metric: own } of added) {
      if (register.getSingleMetric(name) === own) register.removeSingleMetric(name);
    }
  };
  try {
    for (const one of metrics) {
      const { name } = one;
      register.registerMetric(one as never);
      added.push({ name, metric: one });
    }
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function bucketValues(
  name: string,
  { boundsMs = callBoundsMs, collect }: Pick<DurationMetricOptions, 'boundsMs' | 'collect'>,
): MetricValue[] {
  const bounds = boundsMs.map((bound) => String(bound / 1_000));
  return [...collect()].flatMap(({ labels, durations }) => [
    ...durations.upTo(boundsMs).map((value, place) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bounds[place] ?? '' },
      value,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: durations.count },
    { metricName: `${name}_sum`, labels, value: durations.totalMs / 1_000 },
    { metricName: `${name}_count`, labels, value: durations.count },
  ]);
}
