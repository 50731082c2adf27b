import { randomBytes } from 'node:crypto';
import type { ChangeView, OperationView } from '../contract.ts';
import type { WallTime } from '../wall-time.ts';

/** Changes that are kept. */
const KEPT = 5_000;

/** A message to subscribers. `facts`: something visible changed that is not an event of its own. */
export type FeedUpdate =
  | { readonly kind: 'change'; readonly change: ChangeView }
  | { readonly kind: 'operation'; readonly operation: OperationView }
  | { readonly kind: 'facts' };

/** A change before it has an ID. Default: now, without a correlation ID, automatic unless it has an actor. */
export type NewChange = Pick<ChangeView, 'kind' | 'target' | 'target_name' | 'what' | 'why'> &
  Partial<Omit<ChangeView, 'id'>>;

interface KeptChange {
  readonly change: ChangeView;
  /** The operation that ended with this change. */
  readonly operation: OperationView | undefined;
}

/** The latest changes, numbered, for streams and views. Parts of the control plane write to it and never to each other. */
export class ChangeFeed {
  /** Begins the IDs of this process's changes. */
  readonly epoch = randomBytes(4).toString('hex');
  readonly #store: { addEvent(change: ChangeView): void };
  readonly #time: WallTime;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(update: FeedUpdate) => void>();
  readonly #kept: KeptChange[] = [];
  #count = 0;
  #version = 0;

  constructor(store: { addEvent(change: ChangeView): void }, time: WallTime, onError: (error: unknown) => void) {
    this.#store = store;
    this.#time = time;
    this.#onError = onError;
  }

  /** Grows with every update. */
  get version(): number {
    return this.#version;
  }

  /** ID of the newest change, or of the start. */
  get lastId(): string {
    return `${this.epoch}-${this.#count}`;
  }

  /** Newest first. */
  newest(most: number): ChangeView[] {
    return this.#kept
      .slice(-most)
      .toReversed()
      .map(({ change }) => change);
  }

  /** Changes after an ID, oldest first. Undefined if that can't be determined. */
  after(id: string | null): readonly KeptChange[] | undefined {
    const [, epoch, digits] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const missing = this.#count - Number(digits);
    if (epoch !== this.epoch || missing < 0 || missing > Math.min(this.#kept.length, KEPT)) return undefined;
    return this.#kept.slice(this.#kept.length - missing);
  }

  /** @returns ends the subscription */
  subscribe(listener: (update: FeedUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stores a change and publishes it. @param operation the operation that ended with it */
  record(facts: NewChange, operation?: OperationView): void {
    const actor = facts.actor ?? null;
    const trigger = actor === null ? 'automatic' : 'operator';
    this.#count += 1;
    const defaults = { id: this.lastId, at: this.#time.nowIso(), correlation_id: null, actor, trigger } as const;
    const change: ChangeView = { ...defaults, ...facts };
    this.#kept.push({ change, operation });
    // Rarely, so that an event doesn't move thousands of others.
    if (this.#kept.length >= 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
    this.#store.addEvent(change);
    this.publish(operation === undefined ? { kind: 'change', change } : { kind: 'operation', operation });
  }

  publish(update: FeedUpdate): void {
    this.#version += 1;
    for (const listener of this.#listeners) {
      try {
        listener(update);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  close(): void {
    this.#listeners.clear();
  }
}
