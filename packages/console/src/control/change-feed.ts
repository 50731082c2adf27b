import type { ChangeView, OperationView } from '../contract.ts';
import { ChangeRing } from '../store/change-ring.ts';
import type { WallTime } from '../wall-time.ts';

/** What subscribers receive. `facts`: something visible changed that is not an event of its own. */
export type FeedUpdate =
  | { readonly kind: 'change'; readonly change: ChangeView }
  | { readonly kind: 'operation'; readonly operation: OperationView }
  | { readonly kind: 'facts' };

/** A change before it has an ID. Default: now, without a correlation ID, automatic unless it has an actor. */
export type NewChange = Pick<ChangeView, 'kind' | 'target' | 'target_name' | 'what' | 'why'> &
  Partial<Omit<ChangeView, 'id'>>;

/** Everything that happens, for streams and views. Every part of the control plane writes to it; none reads another's. */
export class ChangeFeed {
  /** The latest changes. */
  readonly recent = new ChangeRing();
  readonly #store: { addEvent(change: ChangeView): void };
  readonly #time: WallTime;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(update: FeedUpdate) => void>();
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

  /** @returns ends the subscription */
  subscribe(listener: (update: FeedUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stores a change and publishes it. @param operation the operation that ended with it */
  record(change: NewChange, operation?: OperationView): void {
    const actor = change.actor ?? null;
    const trigger = actor === null ? 'automatic' : 'operator';
    const defaults = { at: this.#time.nowIso(), correlation_id: null, actor, trigger } as const;
    const added = this.recent.add({ ...defaults, ...change }, operation);
    this.#store.addEvent(added);
    this.publish(operation === undefined ? { kind: 'change', change: added } : { kind: 'operation', operation });
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
