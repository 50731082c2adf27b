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

/** Time and chance for all pipelines of a registry. */
export interface RegistryOptions extends Pick<HostOptions, 'clock' | 'random' | 'sharedTimers' | 'stackTraces'> {
  /**
   * Hears what a listener throws or rejects with; may be async. Without it such errors are only counted, in
   * `listenerErrors`. What it throws or rejects with itself is dropped.
   */
  readonly onListenerError?: (error: unknown) => unknown;
}

/** What can be told of one member of a group. */
export interface MemberReport {
  /** Unique in the registry; the same object listed in two groups has the same id. */
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly report: Readonly<Record<string, ReportValue>>;
  readonly settings: Readonly<Record<string, number>>;
  /** Orders that it takes. */
  readonly controls: readonly string[];
}

/** A pipeline or another group, and its members in order. */
export interface GroupReport {
  readonly name: string;
  readonly members: readonly MemberReport[];
  /** What is wrong with the order of its policies, one sentence each; empty when all is well. */
  readonly warnings: readonly string[];
}

/** What goes with an order. */
export interface ControlOptions {
  readonly reason?: string;
  readonly actor?: string;
  /** Milliseconds that the order holds, for orders that hold. */
  readonly forMs?: number;
}

/** What one process lets people watch and steer. Looking up never creates: a wrong name is a `RangeError`. */
export class Registry {
  readonly clock: Clock;
  /** How often a listener has thrown or rejected. */
  listenerErrors = 0;
  /** Time, chance and listeners, for pipelines that are not to be listed. */
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
   * Makes a pipeline whose policies can be watched and steered here.
   *
   * A second one of the same name replaces the first, as when a module is loaded again: the first one goes on working
   * for whoever holds it, but the registry knows nothing of it any more. The report of the group says that this happened.
   *
   * @throws InvalidSettingsError when the layers do not fit; then nothing is replaced
   */
  pipeline<const L extends readonly Layer[]>(name: string, layers: L): Pipeline<FallbackOf<L[number]>> {
    const host = new PipelineHost(this.host, this.#state);
    const before = this.#groups.get(name)?.members ?? [];
    const made = new Pipeline<FallbackOf<L[number]>>(name, layers, host);
    this.#register(name, made.policies, made.warnings, host);
    // What it has taken over from the one before follows the new host: that of the one before is silent now.
    for (const policy of made.policies) if (before.includes(policy)) policy.attach?.(host);
    return made;
  }

  /**
   * Adds things that are no policies: pools, workers, queues. A group of the same name is replaced, see `pipeline`.
   *
   * @throws InvalidSettingsError when the group has no name, or something is no member; then nothing is replaced
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
   * Takes a group from the list: it is neither watched nor steered nor measured any more. Its pipeline goes on working.
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

  /** The id under which reports name a member; nothing when it is not listed. */
  idOf(member: Steerable): string | undefined {
    return this.#ids.get(member);
  }

  /** Everything that is listed, each once. */
  members(): readonly Steerable[] {
    return [...new Set([...this.#groups.values()].flatMap(({ members }) => members))];
  }

  /** Everything there is to know, now. Changes nothing. */
  report(): GroupReport[] {
    const now = this.clock.now();
    return [...this.#groups].map(([name, { members, warnings }]) => ({
      name,
      members: members.map((member) => this.#tell(member, now)),
      warnings,
    }));
  }

  /**
   * Gives an order to a member.
   *
   * @returns what changed; `undefined` when there was nothing to change
   * @throws RangeError when there is no such group, member or order
   */
  control(group: string, member: string, order: string, options: ControlOptions = {}): Change | undefined {
    const found = this.#find(group, member);
    const { controls = {} } = found;
    const control = Object.hasOwn(controls, order) ? controls[order] : undefined;
    if (control === undefined) {
      const known = Object.keys(controls).join(', ') || 'none';
      throw new RangeError(`"${member}" of "${group}" takes no order "${order}"; known are ${known}.`);
    }
    const now = this.clock.now();
    const change = control({ now, trigger: 'operator', ...options });
    if (isThenable(change)) {
      // What changes later cannot be told now.
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
   * Changes settings of a member, all or none.
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
   * Tells a recorder of every call from now on, success or not. Calls under way are not recorded.
   *
   * @returns ends it
   * @throws Error when somebody else records already: `Measurement.of(registry)` may be shared
   */
  record(recorder: CallRecorder): () => void {
    if (this.#state.recorder !== undefined) throw new Error('The calls of this registry are recorded already.');
    const recording = safeRecorder(recorder);
    this.#state.recorder = recording;
    return () => {
      if (this.#state.recorder === recording) this.#state.recorder = undefined;
    };
  }

  /**
   * Hears every event of every pipeline, one after the other. A listener may be async; nobody waits for it.
   *
   * @returns ends the subscription
   * @throws InvalidSettingsError when it is no function, or a generator function
   */
  subscribe(listener: (event: RecoveryEvent) => unknown): () => void {
    checkOptions('registry', { listener: listener ?? null }, {}, { listener: 'function' });
    this.#state.listeners.add(listener);
    return () => this.#state.listeners.delete(listener);
  }

  /** Tells the listeners of something that happened outside of a call. */
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

  /** One that cannot tell how it is must not hide the others. */
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
      return { state: 'unknown', reason: 'it answers later' };
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
    const replaced = `"${name}" was registered ${registered} times: this is the last one, which has replaced the others.`;
    const told = registered === 1 ? warnings : [...warnings, replaced];
    // The policies of a pipeline may be listed again without it: then it is still theirs.
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

const unknown: MemberReport['report'] = { state: 'unknown', reason: 'it cannot be asked' };

/** The host of one pipeline: nobody hears of its calls once another one has replaced it. */
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

/** Who watches. Public fields, because every call asks. */
interface RegistryState {
  readonly listeners: Set<(event: RecoveryEvent) => unknown>;
  recorder: CallRecorder | undefined;
}

/** Whether a group is still the one of its name. */
interface Listing {
  isListed: boolean;
}

/** What is listed under one name. */
interface Group {
  readonly members: readonly Steerable[];
  readonly warnings: readonly string[];
  readonly listing: Listing;
  /** How often something else was registered under this name. */
  readonly registered: number;
}

/** The registry that decorators use unless told otherwise. */
export const defaultRegistry = new Registry();
