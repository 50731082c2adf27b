import type { Clock } from './clock.ts';
import { InvalidSettingsError } from './errors.ts';
import { show } from './show.ts';
import { asyncIssue, generatorIssue } from './user-function.ts';

/**
 * Describes one numeric setting. Option types, validation and forms are derived from it.
 *
 * @example
 * ```ts
 * const limitMs: SettingSpec = { min: 1, max: 60_000, unit: 'ms', default: 1_000 };
 * ```
 */
export interface SettingSpec {
  readonly min: number;
  readonly max: number;
  /** `calls`, `attempts` and `bytes` must be whole numbers; `ms`, `factor` and `ratio` may have fractions. */
  readonly unit: 'ms' | 'calls' | 'attempts' | 'bytes' | 'factor' | 'ratio';
  /** Used when the setting is left out. */
  readonly default: number;
}

/** Callbacks of settings. */
export interface SettingsHooks {
  /** Returns problems with the combination of values, one sentence each. */
  readonly check?: (values: Readonly<Record<string, number>>) => readonly string[];
  /** Called after each change. */
  readonly onChange?: () => void;
}

/**
 * Describes all numeric settings of a policy, by name.
 *
 * @example
 * ```ts
 * const spec = {
 *   limit: { min: 1, max: 100, unit: 'calls', default: 10 },
 *   waitMs: { min: 0, max: 60_000, unit: 'ms', default: 500 },
 * } satisfies SettingsSpec;
 * const settings = new Settings('mail queue', spec, { limit: 5 });
 * ```
 */
export type SettingsSpec = Readonly<Record<string, SettingSpec>>;

/**
 * The values of settings with a given description.
 *
 * @example
 * ```ts
 * const spec = { limit: { min: 1, max: 100, unit: 'calls', default: 10 } } satisfies SettingsSpec;
 * const values: ValuesOf<typeof spec> = { limit: 5 };
 * ```
 */
export type ValuesOf<S extends SettingsSpec> = { readonly [K in keyof S]: number };

/**
 * A problem with a change of settings.
 *
 * @example
 * ```ts
 * const problems: readonly SettingProblem[] = bulkhead({ limit: 10 }).settings.problemsOf({ limit: -1 });
 * for (const { setting, message } of problems) log.warn(`${setting ?? 'settings'}: ${message}`);
 * ```
 */
export interface SettingProblem {
  /** Name of the setting; `undefined` if the combination of several is invalid. */
  readonly setting: string | undefined;
  /** A sentence with the setting, its value and what would be valid. */
  readonly message: string;
}

/**
 * The numeric settings of a policy, which can be changed while it runs.
 *
 * @example
 * ```ts
 * const breaker = circuitBreaker();
 * breaker.settings.change({ failureThreshold: 10 });
 * log.info(breaker.settings.values);
 * ```
 */
export class Settings<S extends SettingsSpec = SettingsSpec> {
  readonly spec: S;
  readonly #subject: string;
  readonly #hooks: SettingsHooks | undefined;
  #values: ValuesOf<S>;

  /**
   * @param subject what the settings belong to, for error messages
   * @param given unchecked values; unknown names are ignored
   * @throws InvalidSettingsError with every problem at once
   */
  constructor(subject: string, spec: S, given: Readonly<Record<string, unknown>>, hooks?: SettingsHooks) {
    this.spec = spec;
    this.#subject = subject;
    this.#hooks = hooks;
    const issues = numberIssues(spec, given);
    if (issues.length > 0) throw new InvalidSettingsError(subject, issues);
    const values = Object.fromEntries(
      Object.entries(spec).map(([name, { default: usual }]) => [name, given[name] ?? usual]),
    ) as ValuesOf<S>;
    this.#mustFit(values);
    this.#values = shared(spec, values);
  }

  /** The current values. Frozen; a change replaces the whole object, so no call sees half of it. */
  get values(): ValuesOf<S> {
    return this.#values;
  }

  /**
   * Changes the given settings: all of them, or none if one is invalid.
   *
   * @throws InvalidSettingsError with every problem at once, unknown names included
   */
  change(patch: Readonly<Record<string, unknown>>): void {
    const issues = [...unknownNames(Object.keys(patch), Object.keys(this.spec)), ...numberIssues(this.spec, patch)];
    if (issues.length > 0) throw new InvalidSettingsError(this.#subject, issues);
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    const values = { ...this.#values, ...Object.fromEntries(given) };
    this.#mustFit(values);
    this.#values = Object.freeze(values);
    this.#hooks?.onChange?.();
  }

  /**
   * Checks a change without applying it.
   *
   * @returns every problem; `setting` is `undefined` for problems with a combination of settings
   */
  problemsOf(patch: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
    const known = Object.keys(this.spec);
    const problems = Object.keys(patch).flatMap((setting): SettingProblem[] => {
      const one = { [setting]: patch[setting] };
      return [...unknownNames([setting], known), ...numberIssues(this.spec, one)].map((message) => ({
        setting,
        message,
      }));
    });
    if (problems.length > 0) return problems;
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    const values = { ...this.#values, ...Object.fromEntries(given) };
    return (this.#hooks?.check?.(values) ?? []).map((message) => ({ setting: undefined, message }));
  }

  #mustFit(values: ValuesOf<S>): void {
    const issues = this.#hooks?.check?.(values) ?? [];
    if (issues.length > 0) throw new InvalidSettingsError(this.#subject, issues);
  }
}

const lastValues = new WeakMap<SettingsSpec, Readonly<Record<string, number>>>();

/** A thousand breakers with the same settings share one frozen object, which would otherwise be the largest part of each. */
function shared<S extends SettingsSpec>(spec: S, values: ValuesOf<S>): ValuesOf<S> {
  const last = lastValues.get(spec) as ValuesOf<S> | undefined;
  if (last !== undefined && Object.keys(spec).every((name) => last[name] === values[name])) return last;
  Object.freeze(values);
  lastValues.set(spec, values);
  return values;
}

/** The type of an option that is not a number. A `sync function` must not be async and not be a generator function. */
export type OptionCheck =
  'string' | 'boolean' | 'function' | 'sync function' | 'clock' | 'anything' | readonly string[];

/**
 * Checks the name, type and range of every option.
 *
 * @param more problems found by the caller, reported together with the others
 * @throws InvalidSettingsError with every problem at once
 */
export function checkOptions(
  subject: string,
  options: unknown,
  numbers: SettingsSpec,
  others: Readonly<Record<string, OptionCheck>>,
  more: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidSettingsError(subject, [`options must be an object, got ${show(options)}`]);
  }
  const given = options as Readonly<Record<string, unknown>>;
  const issues = [
    ...unknownNames(Object.keys(given), [...Object.keys(others), ...Object.keys(numbers)]),
    ...numberIssues(numbers, given),
    ...Object.entries(others).flatMap(([name, check]) => otherIssues(name, given[name], check)),
    ...more,
  ];
  if (issues.length > 0) throw new InvalidSettingsError(subject, issues);
}

/** Problems with the given numbers, one sentence each. */
export function numberIssues(spec: SettingsSpec, given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(spec).flatMap(([name, { min, max, unit }]) => {
    const value = given[name];
    if (value === undefined) return [];
    const whole = unit === 'calls' || unit === 'attempts' || unit === 'bytes';
    const fits = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
    return fits
      ? []
      : [`${name} must be ${whole ? 'a whole number' : 'a number'} ${range(min, max)}, got ${show(value)}`];
  });
}

function otherIssues(name: string, value: unknown, check: OptionCheck): string[] {
  if (value === undefined || check === 'anything') return [];
  if (typeof check !== 'string') {
    const known = check.some((choice) => choice === value);
    return known ? [] : [`${name} must be ${check.map((choice) => `'${choice}'`).join(' or ')}, got ${show(value)}`];
  }
  if (check === 'clock') {
    const { now, after, wallNow }: Partial<Clock> = Object(value);
    if (typeof now !== 'function' || typeof after !== 'function') {
      return [`${name} must be a clock with now() and after(), got ${show(value)}`];
    }
    const later =
      asyncIssue(`${name}.now`, now) ?? asyncIssue(`${name}.after`, after) ?? asyncIssue(`${name}.wallNow`, wallNow);
    if (later !== undefined) return [later];
    const fits = wallNow === undefined || typeof wallNow === 'function';
    return fits ? [] : [`${name}.wallNow must be a function or left out, got ${show(wallNow)}`];
  }
  if (check === 'sync function' && typeof value === 'function') return [asyncIssue(name, value) ?? []].flat();
  if (check === 'function' && typeof value === 'function') return [generatorIssue(name, value) ?? []].flat();
  if (check === 'sync function') return [`${name} must be a function, got ${show(value)}`];
  if (check === 'string' && value === '') return [`${name} must not be empty`];
  return typeof value === check ? [] : [`${name} must be a ${check}, got ${show(value)}`];
}

/** Unknown option names, one sentence each. */
export function unknownNames(given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is not a known option; the options are ${[...new Set(known)].toSorted().join(', ')}`);
}

function range(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
}
