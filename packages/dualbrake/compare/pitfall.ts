import type { Adapter } from './adapter.ts';

/** Something that recovery libraries are known to get wrong, as a question to one of them. */
export interface Pitfall {
  /** `P1` and so on from issue trackers, `F1` and so on from use in the field; a letter where one has several sides. */
  readonly number: string;
  /** What is right, in a sentence. */
  readonly title: string;
  /** What a reader must know to judge the row fairly, such as an option that was used. */
  readonly remark?: string;
  /** `real` where the machine's own clock or timers are the question. Default: time is moved by hand. */
  readonly time?: 'real';
  /**
   * Tries it.
   *
   * @throws Wrong when the library gets it wrong, NotOffered when it has no such part
   */
  run(adapter: Adapter): Promise<void>;
}

/** What a library did that it should not have done. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

/** @param observed what is wrong when it does not hold; short, it becomes a cell of a table */
export function must(holds: boolean, observed: string): void {
  if (!holds) throw new Wrong(observed);
}

/** The library has no such part. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}

/** A part that the library may lack. */
export function offered<P>(part: P | undefined): P {
  if (part === undefined) throw new NotOffered();
  return part;
}
