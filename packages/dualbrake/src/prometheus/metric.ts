import { callBoundsMs, type Histogram } from '../histogram.ts';

/** Names and values of labels. Each value must come from a bounded set. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a metric, as it is now. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One series of durations, as it is now. */
export interface DurationSample {
  readonly labels: Labels;
  readonly durations: Histogram;
}

/** How values of several processes of a cluster become one, see `AggregatorRegistry` of prom-client. Default `sum`. */
type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

interface AnyMetricOptions {
  /** In base units; that of a counter ends in `_total`, that of durations in `_seconds`. */
  readonly name: string;
  /** One sentence for people. */
  readonly help: string;
  readonly aggregator?: Aggregator;
}

/** A metric whose series have one value each. */
export interface ValueMetricOptions extends AnyMetricOptions {
  readonly type: 'counter' | 'gauge';
  /** Asked at each scrape. Must not tell the same labels twice. */
  readonly collect: () => Iterable<Sample>;
}

/** A metric of durations. */
export interface DurationMetricOptions extends AnyMetricOptions {
  readonly type: 'histogram';
  /** Upper bounds in milliseconds, ascending; doublings and halvings of 5. Default `callBoundsMs`. */
  readonly boundsMs?: readonly number[];
  /** Asked at each scrape. Must not tell the same labels twice. */
  readonly collect: () => Iterable<DurationSample>;
}

/** What a metric is called, and how its values are found out. */
export type MetricOptions = ValueMetricOptions | DurationMetricOptions;

/** A line of the text that is scraped. */
export interface MetricValue {
  readonly labels: Labels;
  readonly value: number;
  /** Where it differs from the metric's name. */
  readonly metricName?: string;
}

/** What prom-client wants to hear from a metric. */
export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: MetricOptions['type'];
  readonly aggregator: Aggregator;
  readonly values: MetricValue[];
}

/** A metric that prom-client takes for one of its own. */
export interface Metric extends Omit<MetricValues, 'name' | 'values'> {
  /** prom-client takes `_total` off while it speaks OpenMetrics. */
  name: string;
  get(): Promise<MetricValues>;
  /** Does nothing: what is counted elsewhere is not set back here. */
  reset(): void;
}

/** What is used of a prom-client `Registry`. */
export interface MetricRegister {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/**
 * A metric that is worked out when it is scraped, instead of being counted along.
 *
 * @throws TypeError when the name is none, or does not fit the type
 */
export function metric(options: MetricOptions): Metric {
  const { name, help, type, aggregator = 'sum' } = options;
  const fits = type === 'counter' ? /_total$/ : type === 'histogram' ? /_seconds$/ : /^/;
  if (!/^[a-z_:][a-z0-9_:]*$/i.test(name) || !fits.test(name)) {
    throw new TypeError(`"${name}" is no name for a ${type}.`);
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
 * Registers metrics, all or none.
 *
 * @returns takes them out again
 * @throws Error when a name is taken
 */
export function addMetrics(register: MetricRegister, metrics: readonly Metric[]): () => void {
  const added: { readonly name: string; readonly metric: Metric }[] = [];
  const remove = (): void => {
    // Somebody may have cleared the register and put another metric there.
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
