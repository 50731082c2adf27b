import { LazySignal } from './lazy-signal.ts';

/** A signal that tells when its parent aborts, before whoever reads it knows. It costs no `AbortSignal`. */
export class AbortListener extends LazySignal {
  readonly #onAbort: (reason: unknown) => void;

  /** @param onAbort called once, with the reason; only after `follow`, and not after `release` */
  constructor(parent: LazySignal | undefined, onAbort: (reason: unknown) => void) {
    super(undefined, parent);
    this.#onAbort = onAbort;
  }

  /** From now on, until nobody has `held` any more; nothing that `onAbort` holds may lead to it. */
  followFor(held: unknown): void {
    this.follow();
    this.releaseAfter(held);
  }

  protected override onParentAbort(reason: unknown): void {
    this.#onAbort(reason);
  }
}
