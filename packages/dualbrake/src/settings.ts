import type { Clock } from './clock.ts';
import { InvalidSettingsError } from './errors.ts';
import { asyncIssue, generatorIssue } from './user-function.ts';

/** What one setting may be. The type of the options, validation and forms read the same description. */
export interface SettingSpec {
  readonly min: number;
  readonly max: number;
  /** `ms` takes fractions, `calls`, `attempts` and `bytes` do not, `factor` and `ratio` do. */
  readonly unit: 'ms' | 'calls' | 'attempts' | 'bytes' | 'factor' | 'ratio';
  /** In force when nothing is given. */
  readonly default: number;
}

/** What belongs to settings beside their description. */
export interface SettingsHooks {
  /** Problems that only show when the values are seen together, one sentence each. */
  readonly check?: (values: Readonly<Record<string, number>>) => readonly string[];
  /** Called after each change. */
  readonly onChange?: () => void;
}

/** All numeric settings of a policy, by name. */
export type SettingsSpec = Readonly<Record<string, SettingSpec>>;

/** The values that belong to a description. */
export type ValuesOf<S extends SettingsSpec> = { readonly [K in keyof S]: number };

/** What is wrong with a change of settings. */
export interface SettingProblem {
  readonly setting: string | undefined;
  /** A sentence that names the setting, the value and what would be right. */
  readonly message: string;
}

/** The numbers of a policy that people may change while it runs. */
export class Settings<S extends SettingsSpec = SettingsSpec> {
  readonly spec: S;
  readonly #subject: string;
  readonly #hooks: SettingsHooks | undefined;
  #values: ValuesOf<S>;

  /**
   * @param subject who is being set up, for messages
   * @param given unchecked; names that the description does not know are ignored here, see `checkOptions`
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

  /** A frozen object, replaced as a whole by a change: no call sees half of it. */
  get values(): ValuesOf<S> {
    return this.#values;
  }

  /**
   * Changes the named settings, all or none.
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
   * What is wrong with a change, without making it.
   *
   * @returns every problem; `setting` is absent where only several together are wrong
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

/** A thousand breakers with the same numbers share one frozen object: each would cost more than all else in them. */
function shared<S extends SettingsSpec>(spec: S, values: ValuesOf<S>): ValuesOf<S> {
  const last = lastValues.get(spec) as ValuesOf<S> | undefined;
  if (last !== undefined && Object.keys(spec).every((name) => last[name] === values[name])) return last;
  Object.freeze(values);
  lastValues.set(spec, values);
  return values;
}

/**
 * What an option that is no number may be. A `sync function` must answer at once: one that is known to answer a promise
 * or an iterator is refused.
 */
export type OptionCheck =
  'string' | 'boolean' | 'function' | 'sync function' | 'clock' | 'anything' | readonly string[];

/**
 * Checks the options of a policy: every name, every type, every number.
 *
 * @param more problems that were found elsewhere, to be told with the others
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

/** What is wrong with the numbers that are given, one sentence each. */
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

/** What is given and not known, one sentence each. */
export function unknownNames(given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is not a known option; the options are ${[...new Set(known)].toSorted().join(', ')}`);
}

function range(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
