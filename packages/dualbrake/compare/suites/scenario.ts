/**
 * A behaviour that a test of a peer asks for, in our own words and code, put to dualbrake through its public interface.
 *
 * `same`: it does what the peer's test asks for. `on purpose`: it does something else, for the reason given, and `run`
 * checks what it does. `missing`: it has no such part, which `because` names; there is nothing to run.
 */
export interface Scenario {
  /** What is right by the peer's test. */
  readonly title: string;
  /** The peer's test file, by its path in the peer's repository. */
  readonly source: string;
  readonly verdict: 'same' | 'on purpose' | 'missing';
  /** What was wrong here when the peer's test was first tried; absent where nothing was. */
  readonly onceWorse?: string;
  /** The contract or reason of what is done on purpose, or the part that is missing. */
  readonly because?: string;
  /**
   * Does it. Time is moved by hand, or real where a library's own timers are the question; never slept.
   *
   * @throws AssertionError when dualbrake does otherwise: a scenario that throws is `worse`
   */
  readonly run?: () => Promise<void>;
}

/** The tests of one peer. */
export interface Suite {
  readonly peer: string;
  /** `owner/name@commit` of the tests that were read. */
  readonly snapshot: string;
  readonly scenarios: readonly Scenario[];
}

type Run = () => Promise<void> | void;

/** Makers of scenarios that one file of a peer asks for. */
export interface Asked {
  readonly same: (title: string, run: Run) => Scenario;
  /** The same by now. `wrong` is what it did when the peer's test was first tried. */
  readonly mended: (title: string, wrong: string, run: Run) => Scenario;
  readonly onPurpose: (title: string, because: string, run: Run) => Scenario;
  readonly missing: (title: string, part: string) => Scenario;
}

/** @param source a test file, by its path in the peer's repository */
export function askedBy(source: string): Asked {
  return {
    same: (title, run) => ({ title, source, verdict: 'same', run: async () => run() }),
    mended: (title, onceWorse, run) => ({ title, source, verdict: 'same', onceWorse, run: async () => run() }),
    onPurpose: (title, because, run) => ({ title, source, verdict: 'on purpose', because, run: async () => run() }),
    missing: (title, because) => ({ title, source, verdict: 'missing', because }),
  };
}
