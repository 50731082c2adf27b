import { systemClock, type Clock } from './clock.ts';
import { InvalidSettingsError } from './errors.ts';
import type { RecoveryEvent } from './events.ts';
import { boundedChance, hostOptions, inOrder, sharesTimersByDefault, type Host, type HostOptions } from './host.ts';
import { Pipeline, type FallbackOf, type Layer } from './pipeline.ts';
import type { Policy } from './policy.ts';
import type { CallRecorder } from './recorder.ts';
import { safeRecorder } from './safe-recorder.ts';
import { checkOptions } from './settings.ts';
import type { Change, ReportValue, Steerable } from './steerable.ts';
import { isThenable, onRejection, tell } from './user-function.ts';

/**
 * Options of a registry. They apply to all of its pipelines.
 *
 * @example
 * ```ts
 * const options: RegistryOptions = { onListenerError: (error) => log.warn(error), stackTraces: true };
 * const registry = new Registry(options);
 * ```
 */
export interface RegistryOptions extends Pick<HostOptions, 'clock' | 'random' | 'sharedTimers' | 'stackTraces'> {
  /**
   * Receives the errors of event listeners; may be async. Without it they are only counted, in `listenerErrors`. Its own errors are
   * ignored.
   */
  readonly onListenerError?: (error: unknown) => unknown;
}

/**
 * The current state of one member of a group.
 *
 * @example
 * ```ts
 * const describe = ({ id, kind, report }: MemberReport): string => `${id} (${kind}): ${JSON.stringify(report)}`;
 * const lines = defaultRegistry.report().flatMap(({ members }) => members.map(describe));
 * ```
 */
export interface MemberReport {
  /** Unique in the registry. An object that is a member of two groups has the same ID in both. */
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly report: Readonly<Record<string, ReportValue>>;
  readonly settings: Readonly<Record<string, number>>;
  /** Names of the actions that an operator can take. */
  readonly controls: readonly string[];
}

/**
 * The current state of a pipeline or another group.
 *
 * @example
 * ```ts
 * const groups: readonly GroupReport[] = defaultRegistry.report();
 * for (const { name, warnings } of groups) for (const warning of warnings) log.warn(`${name}: ${warning}`);
 * ```
 */
export interface GroupReport {
  readonly name: string;
  /** In the order of the pipeline, outermost first. */
  readonly members: readonly MemberReport[];
  /** Problems with the order of its policies, one sentence each; empty if there are none. */
  readonly warnings: readonly string[];
}

/**
 * Options of an operator's action.
 *
 * @example
 * ```ts
 * const options: ControlOptions = { reason: 'maintenance', actor: 'ana', forMs: 600_000 };
 * defaultRegistry.control('students', 'database', 'isolate', options);
 * ```
 */
export interface ControlOptions {
  readonly reason?: string;
  /** Who takes the action. */
  readonly actor?: string;
  /** How long the effect lasts, in milliseconds, for actions that end by themselves. */
  readonly forMs?: number;
}

/**
 * The pipelines and other components of a process that operators can observe and control. Looking up a name never creates anything: an
 * unknown name is a `RangeError`.
 *
 * @example
 * ```ts
 * const registry = new Registry();
 * const students = registry.pipeline('students', [retry(), circuitBreaker({ name: 'database' })]);
 * registry.subscribe((event) => log.info(event.type));
 * await students.execute(() => database.getStudent(id));
 * registry.control('students', 'database', 'isolate', { reason: 'maintenance', forMs: 600_000 });
 * ```
 */
export class Registry {
  readonly clock: Clock;
  /** Number of errors thrown by event listeners, rejections included. */
  listenerErrors = 0;
  /** The clock, random source and listeners, for pipelines that should not be listed. */
  readonly host: Host;
  readonly #groups = new Map<string, Group>();
  readonly #ids = new Map<Steerable, string>();
  readonly #state: RegistryState = { listeners: new Set(), recorder: undefined };
  readonly #onListenerError: ((error: unknown) => unknown) | undefined;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RegistryOptions = {}) {
    const { onEvent: _onEvent, ...known } = hostOptions;
    checkOptions('registry', options, {}, { ...known, onListenerError: 'function' });
    const clock = options.clock ?? systemClock;
    const state = this.#state;
    this.clock = clock;
    this.#onListenerError = options.onListenerError;
    this.host = {
      clock,
      random: boundedChance(options.random),
      sharedTimers: options.sharedTimers ?? sharesTimersByDefault,
      stackTraces: options.stackTraces ?? false,
      get listening() {
        return state.listeners.size > 0;
      },
      get recorder() {
        return state.recorder;
      },
      publish: inOrder((event) => this.#deliver(event)),
    };
  }

  /**
   * Creates a pipeline whose policies can be observed and controlled through this registry.
   *
   * A second pipeline with the same name replaces the first, for instance when a module is reloaded. The first one keeps working but is
   * no longer listed. The group's `warnings` report the replacement.
   *
   * @throws InvalidSettingsError when the layers are invalid; then nothing is replaced
   */
  pipeline<const L extends readonly Layer[]>(name: string, layers: L): Pipeline<FallbackOf<L[number]>> {
    const host = new PipelineHost(this.host, this.#state);
    const before = this.#groups.get(name)?.members ?? [];
    const made = new Pipeline<FallbackOf<L[number]>>(name, layers, host);
    this.#register(name, made.policies, made.warnings, host);
    // Policies that both pipelines share get the new host, because the old one no longer publishes.
    for (const policy of made.policies) if (before.includes(policy)) policy.attach?.(host);
    return made;
  }

  /**
   * Adds components other than policies, such as connection pools, workers or queues. Replaces a group with the same name, see
   * `pipeline`.
   *
   * @throws InvalidSettingsError if the group has no name or a member is invalid; then nothing is replaced
   */
  add(group: string, members: readonly Steerable[]): void {
    const issues = [
      ...(typeof group === 'string' && group !== '' ? [] : ['the name of a group must be a non-empty string']),
      ...(Array.isArray(members) && members.every((member) => typeof Object(member).name === 'string')
        ? []
        : ['members must be a list of things with a name']),
    ];
    if (issues.length > 0) throw new InvalidSettingsError(`group "${group}"`, issues);
    this.#register(group, members, [], undefined);
  }

  /**
   * Removes a group: it can no longer be observed, controlled or measured. Its pipeline keeps working.
   *
   * @throws RangeError when there is no such group
   */
  remove(group: string): void {
    const found = this.#groups.get(group);
    if (found === undefined) throw new RangeError(`There is no group "${group}".`);
    this.#groups.delete(group);
    this.#forget(found.members);
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /** The ID of a member in reports; `undefined` if it is not listed. */
  idOf(member: Steerable): string | undefined {
    return this.#ids.get(member);
  }

  /** All members, without duplicates. */
  members(): readonly Steerable[] {
    return [...new Set([...this.#groups.values()].flatMap(({ members }) => members))];
  }

  /** The current state of everything. Changes nothing. */
  report(): GroupReport[] {
    const now = this.clock.now();
    return [...this.#groups].map(([name, { members, warnings }]) => ({
      name,
      members: members.map((member) => this.#tell(member, now)),
      warnings,
    }));
  }

  /**
   * Takes an operator's action, such as `isolate`.
   *
   * @param order name of the action, one of the member's `controls`
   * @returns what changed; `undefined` if nothing did
   * @throws RangeError when there is no such group, member or action
   */
  control(group: string, member: string, order: string, options: ControlOptions = {}): Change | undefined {
    const found = this.#find(group, member);
    const { controls = {} } = found;
    const control = Object.hasOwn(controls, order) ? controls[order] : undefined;
    if (control === undefined) {
      const known = Object.keys(controls).join(', ') || 'none';
      throw new RangeError(`"${member}" of "${group}" has no action "${order}"; its actions are: ${known}.`);
    }
    const now = this.clock.now();
    const change = control({ now, trigger: 'operator', ...options });
    if (isThenable(change)) {
      // An asynchronous action: the change is not known yet.
      onRejection(change, (error) => this.#faulty(error));
      return undefined;
    }
    if (change !== undefined) {
      const { reason, actor } = options;
      const by = { ...(reason === undefined ? {} : { reason }), ...(actor === undefined ? {} : { actor }) };
      this.publish({
        type: 'control',
        order,
        ...change,
        ...by,
        at: now,
        pipeline: group,
        policy: member,
        key: group,
        attributes: {},
      });
    }
    return change;
  }

  /**
   * Changes settings of a member: all of them, or none if one is invalid.
   *
   * @throws RangeError when there is no such group or member, or it has no settings; InvalidSettingsError
   */
  change(group: string, member: string, patch: Readonly<Record<string, unknown>>): void {
    const { settings } = this.#find(group, member);
    if (settings === undefined) throw new RangeError(`"${member}" of "${group}" has no settings.`);
    const from = settings.values;
    settings.change(patch);
    const to = settings.values;
    this.publish({
      type: 'changed',
      from,
      to,
      at: this.clock.now(),
      pipeline: group,
      policy: member,
      key: group,
      attributes: {},
    });
  }

  /**
   * Passes every call that starts from now on to a recorder. Calls already running are not recorded.
   *
   * @returns stops recording
   * @throws Error when the registry already has a recorder; `Measurement.of(registry)` can be shared
   */
  record(recorder: CallRecorder): () => void {
    if (this.#state.recorder !== undefined)
      throw new Error('This registry already has a recorder; share it with Measurement.of(registry).');
    const recording = safeRecorder(recorder);
    this.#state.recorder = recording;
    return () => {
      if (this.#state.recorder === recording) this.#state.recorder = undefined;
    };
  }

  /**
   * Calls a listener with every event of every pipeline, one at a time. May be async, but is not awaited.
   *
   * @returns ends the subscription
   * @throws InvalidSettingsError when it is no function, or a generator function
   */
  subscribe(listener: (event: RecoveryEvent) => unknown): () => void {
    checkOptions('registry', { listener: listener ?? null }, {}, { listener: 'function' });
    this.#state.listeners.add(listener);
    return () => this.#state.listeners.delete(listener);
  }

  /** Publishes an event that happened outside of a call. */
  publish(event: RecoveryEvent): void {
    this.host.publish(event);
  }

  #deliver(event: RecoveryEvent): void {
    for (const listener of this.#state.listeners) {
      try {
        const answer = listener(event);
        if (answer !== undefined) onRejection(answer, (error) => this.#faulty(error));
      } catch (error) {
        this.#faulty(error);
      }
    }
  }

  #faulty(error: unknown): void {
    this.listenerErrors += 1;
    if (this.#onListenerError !== undefined) tell(this.#onListenerError, error);
  }

  #tell(member: Steerable, now: number): MemberReport {
    return {
      id: this.#ids.get(member) ?? member.name,
      name: member.name,
      kind: member.kind ?? 'policy',
      report: this.#ask(() => this.#reportOf(member, now), unknown),
      settings: this.#ask(() => member.settings?.values ?? {}, {}),
      controls: this.#ask(() => Object.keys(member.controls ?? {}), []),
    };
  }

  /** A member whose report fails must not hide the others. */
  #ask<A>(question: () => A, otherwise: A): A {
    try {
      return question();
    } catch (error) {
      this.#faulty(error);
      return otherwise;
    }
  }

  #reportOf(member: Steerable, now: number): MemberReport['report'] {
    const report: unknown = member.report?.(now);
    if (isThenable(report)) {
      onRejection(report, (error) => this.#faulty(error));
      return { state: 'unknown', reason: 'report() is asynchronous' };
    }
    return typeof report === 'object' && report !== null ? (report as MemberReport['report']) : {};
  }

  #find(group: string, member: string): Steerable {
    const members = this.#groups.get(group)?.members;
    if (members === undefined) throw new RangeError(`There is no group "${group}".`);
    const found = members.find(({ name }) => name === member);
    if (found === undefined) throw new RangeError(`There is no "${member}" in group "${group}".`);
    return found;
  }

  #register(
    name: string,
    members: readonly Steerable[],
    warnings: readonly string[],
    pipeline: Listing | undefined,
  ): void {
    const before = this.#groups.get(name);
    const isSame = before?.members.every((member) => members.includes(member)) === true;
    const registered = (before?.registered ?? 0) + (isSame ? 0 : 1);
    const replaced = `"${name}" was registered ${registered} times; the last registration replaced the others.`;
    const told = registered === 1 ? warnings : [...warnings, replaced];
    // The same policies may be added again without their pipeline, which then stays listed.
    const listing = pipeline ?? (isSame ? before?.listing : undefined) ?? { isListed: true };
    this.#groups.set(name, { members: [...members], warnings: told, listing, registered });
    if (before !== undefined && before.listing !== listing) before.listing.isListed = false;
    if (before !== undefined) this.#forget(before.members.filter((member) => !members.includes(member)));
    for (const member of members) if (!this.#ids.has(member)) this.#ids.set(member, idIn(name, member));
  }

  /** They are no longer in a group. Those that another one lists, too, go by that one from now on. */
  #forget(members: readonly Steerable[]): void {
    for (const member of members) {
      this.#ids.delete(member);
      const other = [...this.#groups].find(([, group]) => group.members.includes(member));
      if (other === undefined) continue;
      const [name, { listing }] = other;
      this.#ids.set(member, idIn(name, member));
      if (listing instanceof PipelineHost) tell((host) => (member as Partial<Policy<unknown>>).attach?.(host), listing);
    }
  }
}

function idIn(group: string, { name }: Steerable): string {
  return name === group ? name : `${group}.${name}`;
}

const unknown: MemberReport['report'] = { state: 'unknown', reason: 'report() failed' };

/** The host of one pipeline. Stops publishing and recording once the pipeline was replaced or removed. */
class PipelineHost implements Host {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sharedTimers: boolean;
  readonly stackTraces: boolean;
  readonly publish: (event: RecoveryEvent) => void;
  readonly state: RegistryState;
  isListed = true;

  constructor(host: Host, state: RegistryState) {
    this.clock = host.clock;
    this.random = host.random;
    this.sharedTimers = host.sharedTimers;
    this.stackTraces = host.stackTraces;
    this.state = state;
    this.publish = (event) => {
      if (this.isListed) host.publish(event);
    };
  }

  get listening(): boolean {
    return this.isListed && this.state.listeners.size > 0;
  }

  get recorder(): CallRecorder | undefined {
    return this.isListed ? this.state.recorder : undefined;
  }
}

/** Listeners and recorder. Public fields, because every call reads them. */
interface RegistryState {
  readonly listeners: Set<(event: RecoveryEvent) => unknown>;
  recorder: CallRecorder | undefined;
}

/** Whether a group is still listed. */
interface Listing {
  isListed: boolean;
}

/** The group listed under one name. */
interface Group {
  readonly members: readonly Steerable[];
  readonly warnings: readonly string[];
  readonly listing: Listing;
  /** How often this name was registered, not counting the same members again. */
  readonly registered: number;
}

/**
 * The registry that decorators use by default.
 *
 * @example
 * ```ts
 * for (const { name, members } of defaultRegistry.report()) log.info(`${name}: ${members.length} policies`);
 * ```
 */
export const defaultRegistry = new Registry();
