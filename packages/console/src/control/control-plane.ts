import { hostname } from 'node:os';
import type { Clock, MemberOfKind, RecoverableService, Registry } from 'dualbrake';
import { Measurement } from 'dualbrake/measurement';
import { SettingsBook } from '../config/settings-book.ts';
import { revertExpiredTrial } from '../config/revert-trials.ts';
import type { BreakerView, ChangeView, FaultView, InstanceView, OperationView, OverviewView } from '../contract.ts';
import { Drills } from '../drills/drills.ts';
import { Funnels } from '../history/funnels.ts';
import { History } from '../history/history.ts';
import { OrderRate } from '../http/guard.ts';
import { notFound } from '../http/problem.ts';
import type { IncidentNews } from '../incidents/incident-book.ts';
import { IncidentErrors } from '../incidents/incident-errors.ts';
import { IncidentKeeper } from '../incidents/incident-keeper.ts';
import { incidentTitle, incidentView, severityOf } from '../incidents/incident-view.ts';
import { noticeableLines } from '../incidents/noticeable-lines.ts';
import { LogStore } from '../logs/log-store.ts';
import { redact, redactText } from '../logs/redact.ts';
import type { ConsoleLogEntry, ConsoleOptions, MemberNotes } from '../options.ts';
import type { RoleNames } from '../role-names.ts';
import { ChangeRing } from '../store/change-ring.ts';
import { Store } from '../store/store.ts';
import { attentionOf } from '../views/attention.ts';
import { breakerView, byUrgency } from '../views/breaker-view.ts';
import { listMembers, ofKind, type Listed } from '../views/listed.ts';
import { retryView } from '../views/retry-view.ts';
import { verdictOf } from '../views/verdict.ts';
import { isoOf, WallTime } from '../wall-time.ts';
import { BulkOperations } from './bulk.ts';
import { Commands } from './commands.ts';
import { Happenings } from './happenings.ts';
import { LoopDelay } from './loop-delay.ts';
import { neighboursOf } from './neighbours.ts';
import { Operations, type OperationOrder } from './operations.ts';
import { Overrides } from './overrides.ts';
import { Services } from './services.ts';

/** What streams hear. */
export type Heard =
  | { readonly kind: 'change'; readonly change: ChangeView }
  | { readonly kind: 'operation'; readonly operation: OperationView }
  | { readonly kind: 'facts' };

/** How many changes an overview shows. */
const CHANGES_SHOWN = 100;
/** How often everything is looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** Outcomes of each breaker that are kept for previews: an hour of a healthy dependency. */
const LOGGED_OUTCOMES = 65_536;
/** How long the application may take to say what somebody is called, in milliseconds. */
const NAME_LIMIT_MS = 1_000;
/** How long a view of everything may be given again while nothing has changed, in milliseconds. */
const VIEW_MS = 250;

/**
 * Everything that the console knows and does, without a word of HTTP: the registry's members, what was measured, what has
 * happened, and what people have ordered.
 */
export class ControlPlane {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly time: WallTime;
  readonly measurement: Measurement;
  readonly store: Store;
  readonly logs: LogStore;
  readonly history: History;
  readonly funnels: Funnels;
  readonly settings: SettingsBook;
  readonly overrides: Overrides;
  readonly incidents: IncidentKeeper;
  readonly drills: Drills;
  readonly operations: Operations;
  readonly commands: Commands;
  readonly services: Services;
  /** Exports that one person may ask for in a minute. */
  readonly exports = new OrderRate(10);
  readonly bulk = new BulkOperations(this);
  readonly changes = new ChangeRing();
  readonly isReadOnly: boolean;
  readonly startedAt: number;
  readonly #options: ConsoleOptions;
  readonly #notes: Readonly<Record<string, MemberNotes>>;
  readonly #loopDelay = new LoopDelay();
  readonly #instanceId: string;
  readonly #happenings: Happenings;
  readonly #incidentErrors: IncidentErrors;
  readonly #listeners = new Set<(heard: Heard) => void>();
  readonly #endings: (() => void)[] = [];
  readonly #versions = new Map<string, { fingerprint: string; count: number }>();
  /** Ended in this process, by how grave they were in the end; for metrics. */
  readonly #incidentsEnded = { minor: 0, major: 0 };
  readonly #configUpdates = { applied: 0, reverted: 0 };
  readonly #concluding = new Map<string, (operation: OperationView) => void>();
  #neighbours: { members: number; map: ReadonlyMap<string, ReadonlySet<string>> } | undefined;
  #version = 0;
  #view: { version: number; at: number; overview: OverviewView } | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#notes = options.members ?? {};
    this.registry = options.registry;
    this.clock = options.clock ?? options.registry.clock;
    const wallClock = options.wallClock ?? Date.now;
    this.time = new WallTime(options.registry.clock, wallClock);
    this.startedAt = wallClock();
    this.isReadOnly = options.readOnly ?? process.env['RECOVERY_CONSOLE_READONLY'] === '1';
    this.#instanceId = options.instance?.id ?? `${hostname()}:${process.pid}`;
    const { path, auditKey, ...retention } = options.store ?? {};
    this.store = new Store(path, wallClock, auditKey, retention, (error) => this.failed(error));
    this.measurement = Measurement.of(this.registry, { loggedOutcomes: LOGGED_OUTCOMES });
    const defer = (delayMs: number, work: () => void): (() => void) =>
      this.clock.after(delayMs, work, { background: true });
    this.logs = new LogStore(wallClock, defer, options.logs);
    this.history = new History(this.measurement, this.store, this.startedAt);
    this.funnels = new Funnels(this.measurement, this.startedAt);
    this.commands = new Commands(this.store, wallClock, options.ordersPerMinute ?? 120, (text) => this.#warn(text));
    this.#concludeInterrupted();
    this.settings = new SettingsBook(this.registry, this.store, wallClock);
    this.overrides = new Overrides(this.registry, this.store, wallClock);
    this.#incidentErrors = new IncidentErrors(this.measurement, this.time);
    this.incidents = new IncidentKeeper(this.store, {
      areNeighbours: (one, other) => this.neighbours(one).has(other),
      errors: this.#incidentErrors,
      linesBetween: (from, to) => noticeableLines(this.logs, from, to),
    });
    this.drills = new Drills({
      registry: this.registry,
      measurement: this.measurement,
      wallClock,
      loopDelayMs: () => this.#loopDelay.p99Ms,
      options: options.drills ?? { enabled: false },
      environment: options.environment ?? '',
      onEnded: (fault) => this.#faultEnded(fault),
    });
    this.operations = new Operations(this.clock, wallClock, this.#instanceId, {
      changed: (operation, order) => this.#operationChanged(operation, order),
      failed: (error) => this.failed(error),
    });
    this.services = new Services(this, options.services ?? []);
    this.#happenings = new Happenings(this, options.logEvents ?? true);
    this.#endings.push(this.registry.subscribe((event) => this.#happenings.hear(event)));
    this.#endings.push(...this.services.watch());
    this.#restoreOverrides();
    this.#arm();
  }

  close(): void {
    this.#cancelLook?.();
    for (const end of this.#endings) end();
    this.#listeners.clear();
    this.drills.close();
    this.operations.close();
    this.history.finish();
    this.incidents.flush();
    this.#loopDelay.close();
    this.logs.close();
    this.store.close();
  }

  /** Counts changes; a stream that has sent this version has nothing new to send. */
  get version(): number {
    return this.#version;
  }

  /** What the application calls the roles. */
  get roleNames(): RoleNames | undefined {
    return this.#options.roleNames;
  }

  get environment(): string {
    return this.#options.environment ?? '';
  }

  overview(): OverviewView {
    const now = this.time.now();
    const known = this.#view;
    if (known !== undefined && known.version === this.#version && Math.abs(now - known.at) < VIEW_MS)
      return known.overview;
    const members = listMembers(this.registry);
    const breakers = this.#breakersOf(members).toSorted(byUrgency);
    const services = this.services.views();
    const faults = [...this.drills.running];
    const store = this.store.view;
    const incidents = this.incidents.open.map((incident) => incidentView(incident, (id) => this.nameOf(id)));
    const trials = this.settings.trials.map(({ revision, saved_at, auto_revert_at, author_name }) => ({
      revision,
      savedAt: saved_at,
      endsAt: auto_revert_at ?? saved_at,
      author: author_name,
    }));
    const attention = attentionOf({ breakers, services, incidents, faults, trials, store });
    const overview: OverviewView = {
      version: this.#version,
      now: isoOf(now),
      environment: this.environment,
      read_only: this.isReadOnly,
      attention,
      verdict: verdictOf(attention, breakers.length),
      breakers,
      services,
      retries: ofKind(members, 'retry').map(retryView),
      incidents,
      faults,
      instances: this.instances(),
      store,
      changes: [...this.changes.newest(CHANGES_SHOWN)],
    };
    this.#view = { version: this.#version, at: now, overview };
    return overview;
  }

  /** Numbers for metrics. */
  figures() {
    const { open } = this.incidents;
    return {
      eventLoopDelayMs: this.#loopDelay.p99Ms ?? undefined,
      configRevision: this.settings.revision,
      configUpdates: { ...this.#configUpdates },
      incidentsOpen: {
        minor: open.filter((incident) => severityOf(incident) === 'minor').length,
        major: open.filter((incident) => severityOf(incident) === 'major').length,
      },
      incidentsEnded: { ...this.#incidentsEnded },
      actions: this.operations.counts,
      checks: this.operations.checks,
      logLinesDropped: this.logs.dropped,
      services: this.services.views().map(({ id, state }) => ({ service: id, up: state === 'up' })),
    };
  }

  instances(): InstanceView[] {
    return [
      {
        id: this.#instanceId,
        version: this.#options.instance?.version ?? '',
        node: process.version,
        started_at: isoOf(this.startedAt),
        last_report_at: this.time.nowIso(),
        loop_delay_p99_ms: this.#loopDelay.p99Ms,
      },
    ];
  }

  breakers(): BreakerView[] {
    return this.#breakersOf(listMembers(this.registry));
  }

  /** @throws Problem 404 when there is none */
  listed<K extends 'circuit-breaker' | 'retry'>(id: string, kind: K): Listed<MemberOfKind<K>> {
    const found = ofKind(listMembers(this.registry), kind).find(({ member }) => member.id === id);
    if (found === undefined) throw notFound(`${kind === 'retry' ? 'retry' : 'breaker'} "${redactText(id)}"`);
    return found;
  }

  /** @throws Problem 404 */
  showBreaker(id: string): BreakerView {
    return this.#showBreaker(this.listed(id, 'circuit-breaker'), this.registry.clock.now());
  }

  /** What people wrote about a member, by id or by name. */
  notesOf(id: string, name: string): MemberNotes {
    const notes = this.#notes;
    if (Object.hasOwn(notes, id)) return notes[id] ?? {};
    return Object.hasOwn(notes, name) ? (notes[name] ?? {}) : {};
  }

  /** Breakers that fail together with one. */
  neighbours(id: string): ReadonlySet<string> {
    const members = listMembers(this.registry);
    if (this.#neighbours?.members !== members.length) {
      this.#neighbours = {
        members: members.length,
        map: neighboursOf(members, this.#notes, this.#options.services ?? []),
      };
    }
    return this.#neighbours.map.get(id) ?? new Set();
  }

  nameOf(id: string): string {
    return listMembers(this.registry).find(({ member }) => member.id === id)?.member.name ?? id;
  }

  /** A service under the lock that operators' actions take; see `Operations.guard`. */
  guard(serviceId: string, service: RecoverableService): RecoverableService {
    return this.operations.guard(serviceId, service);
  }

  /** Told once, when the operation has ended. */
  whenEnded(operationId: string, listener: (operation: OperationView) => void): void {
    this.#concluding.set(operationId, listener);
  }

  /** Writes to the application's log. A log that fails does not fail an order that has been carried out. */
  log(entry: ConsoleLogEntry): void {
    try {
      // What was sent stands in some of it.
      this.#options.log?.(redact(entry) as ConsoleLogEntry);
    } catch {
      // Nobody is left to tell.
    }
  }

  /** Names of people, by id: as the console has seen them, or else as the application knows them. */
  async namesOf(ids: Iterable<string>): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const name = this.store.names.get(id) ?? (await this.#askForName(id));
        if (name !== undefined) found[id] = name;
      }),
    );
    return found;
  }

  /** The application may be what is broken: it gets a second. */
  async #askForName(id: string): Promise<string | undefined> {
    const late = Promise.withResolvers<undefined>();
    const cancel = this.clock.after(NAME_LIMIT_MS, () => late.resolve(undefined), { background: true });
    try {
      const name = await Promise.race([this.#options.personName?.(id), late.promise]);
      if (name !== undefined) this.store.names.remember(id, name);
      return name;
    } catch (error) {
      this.failed(error);
      return undefined;
    } finally {
      cancel();
    }
  }

  /** Tells the application of a fault. */
  failed(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // Nobody is left to tell.
    }
  }

  /** @returns ends the subscription */
  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody of a change, and keeps it. */
  tell(change: Omit<ChangeView, 'id' | 'at' | 'correlation_id'> & { readonly correlation_id?: string | null }): void {
    this.add({ at: this.time.nowIso(), correlation_id: null, ...change });
  }

  tellIncident(news: IncidentNews | undefined, actor: string | null = null): void {
    if (news === undefined) return;
    const { incident, what, breaker } = news;
    if (what === 'resolved') this.#incidentsEnded[severityOf(incident)] += 1;
    this.tell({
      kind: 'incident',
      target: String(incident.number),
      target_name: `Incident ${incident.number}`,
      // Of the breaker: the incident itself ends when all have stayed closed.
      what: breaker === undefined ? what : `${what === 'closed' ? 'breaker closed' : what}: ${this.nameOf(breaker)}`,
      why: incidentTitle(incident, (id) => this.nameOf(id)),
      actor,
      trigger: actor === null ? 'automatic' : 'operator',
    });
  }

  #breakersOf(members: readonly Listed[]): BreakerView[] {
    const at = this.registry.clock.now();
    return ofKind(members, 'circuit-breaker').map((listed) => this.#showBreaker(listed, at));
  }

  #showBreaker(listed: Listed<MemberOfKind<'circuit-breaker'>>, at: number): BreakerView {
    const { id, name } = listed.member;
    const { description = '' } = this.notesOf(id, name);
    const { count, meanMs, p95Ms, longestMs, flaps } = this.incidents.recoveries(id);
    return breakerView(listed, (agoMs) => this.time.before(agoMs, at), {
      description,
      neighbours: [...this.neighbours(id)],
      recovery: { count, mean_ms: meanMs, p95_ms: p95Ms, longest_ms: longestMs, flaps },
      drill: this.drills.running.length > 0 && this.drills.affects(id),
      version: (fingerprint) => this.#versionOf(id, fingerprint),
    });
  }

  /** Counts what differs; of another process all differs. */
  #versionOf(id: string, fingerprint: string): string {
    const known = this.#versions.get(id);
    if (known === undefined) this.#versions.set(id, { fingerprint, count: 1 });
    else if (known.fingerprint !== fingerprint) {
      known.fingerprint = fingerprint;
      known.count += 1;
    }
    return `b-${this.changes.epoch}-${this.#versions.get(id)?.count ?? 1}`;
  }

  #arm(): void {
    const next = (): void => {
      this.#arm();
      this.#look();
    };
    this.#cancelLook = this.clock.after(LOOK_MS, next, { background: true });
  }

  /** Once a second: what nobody tells. A part that fails must not end the others, nor the process. */
  #look(): void {
    const now = this.time.now();
    const parts: (() => void)[] = [
      () => this.#loopDelay.look(),
      () => this.history.tick(now),
      () => this.funnels.tick(now),
      () => this.drills.tick(),
      () => this.settings.tick(),
      () => this.#lookAtOverrides(),
      () => revertExpiredTrial(this, now),
      () => this.#happenings.look(now),
      () => this.#incidentErrors.look(this.registry.clock.now()),
      () => this.incidents.tick(now).forEach((news) => this.tellIncident(news)),
      () => this.store.flush(),
    ];
    for (const part of parts) {
      try {
        part();
      } catch (error) {
        this.failed(error);
      }
    }
  }

  #restoreOverrides(): void {
    this.#lookAtOverrides();
    const { revision } = this.settings;
    if (revision > 0) this.commands.note('config.loaded', { type: 'config', id: `r${revision}` }, { revision });
  }

  #lookAtOverrides(): void {
    const { restored, expired } = this.overrides.look();
    for (const { breaker, mode, endsAt } of restored) {
      this.commands.note(
        'breaker.override.restored',
        { type: 'breaker', id: breaker },
        { mode, ends_at: isoOf(endsAt) },
      );
    }
    for (const { breaker, mode } of expired) {
      this.commands.note('breaker.override.expired', { type: 'breaker', id: breaker }, { mode });
      this.tell({
        kind: 'override',
        target: breaker,
        target_name: this.nameOf(breaker),
        what: 'expired',
        why: 'its time is up',
        actor: null,
        trigger: 'automatic',
      });
    }
  }

  tellConfig(revision: number, why: string, actor: string | null): void {
    this.#configUpdates[actor === null ? 'reverted' : 'applied'] += 1;
    this.tell({
      kind: 'config',
      target: `r${revision}`,
      target_name: 'settings',
      what: `revision ${revision}`,
      why,
      actor,
      trigger: actor === null ? 'automatic' : 'operator',
    });
  }

  #faultEnded(fault: FaultView): void {
    this.commands.note(
      'fault.ended',
      { type: 'fault', id: fault.target },
      { id: fault.id, ended_by: fault.ended_by, injected: fault.injected },
    );
    this.tell({
      kind: 'fault',
      target: fault.target,
      target_name: this.nameOf(fault.target),
      what: `drill ${fault.state}`,
      why: fault.ended_by ?? '',
      actor: null,
      trigger: 'automatic',
    });
  }

  #operationChanged(operation: OperationView, { service, user, reason, action, from }: OperationOrder): void {
    if (operation.ended_at === null) {
      this.publish({ kind: 'operation', operation });
      return;
    }
    const isDone = operation.state === 'applied';
    const change = {
      at: operation.ended_at,
      kind: 'operation',
      target: operation.service,
      target_name: service.name,
      what: `${operation.action} ${isDone ? 'succeeded' : 'failed'}`,
      why: operation.message ?? '',
      actor: operation.actor,
      trigger: 'operator',
      correlation_id: null,
    } as const;
    this.#concluding.get(operation.id)?.(operation);
    this.#concluding.delete(operation.id);
    this.log({
      event: isDone ? 'console.operation.succeeded' : 'console.operation.failed',
      message: operation.message ?? '',
      actor: user.id,
      target: operation.service,
      action,
      reason,
      from,
      to: this.services.show(service).state,
    });
    this.add(change, operation);
  }

  /** Keeps a change and tells everybody. */
  add(change: Omit<ChangeView, 'id'>, operation?: OperationView): void {
    const added = this.changes.add(change, operation);
    this.store.addEvent(added);
    this.publish(operation === undefined ? { kind: 'change', change: added } : { kind: 'operation', operation });
  }

  /** Tells everybody. */
  publish(heard: Heard): void {
    this.#version += 1;
    for (const listener of this.#listeners) {
      try {
        listener(heard);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  /** What an earlier process had begun when it ended. */
  #concludeInterrupted(): void {
    try {
      const interrupted = this.store.audit.interrupted();
      if (interrupted.length === 0) return;
      this.store.file.commit(() => {
        for (const intent of interrupted) this.store.audit.conclude(intent, { outcome: 'interrupted', after: null });
      });
    } catch (error) {
      this.failed(error);
    }
  }

  #warn(text: string): void {
    process.stderr.write(`${text}\n`);
    this.logs.add({ level: 'warn', msg: text, event: 'console.break_glass' });
  }
}
