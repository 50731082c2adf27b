import { signal } from '@preact/signals';
import { ProblemResponse } from '../api.ts';
import { type Failure, saveFailureOf } from '../failure.ts';
import { problemsByField } from './problem-fields.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';

/** Problems of a form, by field. Fields without a problem are omitted or undefined. */
export type FieldProblems<Field extends string> = { readonly [Name in Field]?: string | undefined };

/** The explanation of an error: at the fields, in a banner, or both. */
export interface Explanation<Field extends string> {
  readonly problems?: FieldProblems<Field>;
  readonly failure?: Failure | undefined;
}

/** Options of a submission. */
export interface SubmitOptions<Content, Field extends string> {
  /** Sends the content. Errors are explained on the form. */
  readonly send: (content: Content, idempotencyKey: string) => Promise<unknown>;
  /** The fields of the form, to which the server's problems are mapped. */
  readonly fields?: readonly Field[];
  /** Checks the content before it is sent. */
  readonly check?: (content: Content) => FieldProblems<Field>;
  /** Whether the idempotency key is sent, so that sending the same content again takes effect once. Default false. */
  readonly repeatable?: boolean;
  /** Explains errors of this form. Returns undefined for the default explanation. */
  readonly explain?: (
    error: unknown,
    content: Content,
  ) => Explanation<Field> | undefined | Promise<Explanation<Field> | undefined>;
}

interface SubmissionHost {
  /** The reason why nothing can be saved now; undefined when saving is possible. */
  disabledReason(): string | undefined;
  focusFirstProblem(): void;
}

/**
 * The state of a form or button that makes changes: whether it is busy, its problems, and the idempotency key, which stays
 * the same while the same content is sent again.
 */
export class Submission<Content, Field extends string = never> {
  readonly #options: () => SubmitOptions<Content, Field>;
  readonly #host: SubmissionHost;
  readonly #keys = new IdempotencyKeys();
  readonly #sending = signal<{ readonly content: Content } | undefined>(undefined);
  readonly #problems = signal<FieldProblems<Field>>({});
  readonly #failure = signal<Failure | undefined>(undefined);

  constructor(options: () => SubmitOptions<Content, Field>, host: SubmissionHost) {
    this.#options = options;
    this.#host = host;
  }

  get busy(): boolean {
    return this.#sending.value !== undefined;
  }

  /** The content that is being sent. */
  get sending(): Content | undefined {
    return this.#sending.value?.content;
  }

  get problems(): FieldProblems<Field> {
    return this.#problems.value;
  }

  get failure(): Failure | undefined {
    return this.#failure.value;
  }

  get disabledReason(): string | undefined {
    return this.#host.disabledReason();
  }

  /** Checks and sends the content. Does nothing while busy or disabled. */
  async submit(content: Content): Promise<void> {
    if (this.busy || this.disabledReason !== undefined) return;
    const { send, check } = this.#options();
    this.show({ problems: check?.(content) ?? {} });
    if (this.#hasProblems) return;
    this.#sending.value = { content };
    try {
      await send(content, this.#keys.for(content));
      // After a success, the same content is a new change.
      this.#keys.clear();
    } catch (error) {
      this.show(await this.#explain(error, content));
    } finally {
      this.#sending.value = undefined;
    }
  }

  /** Replaces the problems and the failure, and focuses the first field with a problem. */
  show({ problems = {}, failure }: Explanation<Field>): void {
    this.setProblems(problems);
    this.#failure.value = failure;
    if (this.#hasProblems) this.#host.focusFirstProblem();
  }

  /** Sets or removes the problem of a field, without moving the focus. */
  setProblem(field: Field, problem: string | undefined): void {
    this.setProblems({ ...this.problems, [field]: problem });
  }

  /** Replaces all problems, without moving the focus. */
  setProblems(problems: FieldProblems<Field>): void {
    this.#problems.value = problems;
  }

  get #hasProblems(): boolean {
    return Object.values(this.problems).some((problem) => problem !== undefined);
  }

  async #explain(error: unknown, content: Content): Promise<Explanation<Field>> {
    const { explain, fields = [], repeatable = false } = this.#options();
    return (await explain?.(error, content)) ?? explainSaveError(error, fields, { repeatable });
  }
}

/** Maps the server's problems to fields, and everything else to a failure. */
function explainSaveError<Field extends string>(
  error: unknown,
  fields: readonly Field[],
  { repeatable }: { readonly repeatable: boolean },
): Explanation<Field> {
  if (error instanceof ProblemResponse && error.errors.length > 0) {
    const { fields: problems, rest } = problemsByField(error.errors, fields);
    return {
      problems,
      failure: rest.length === 0 ? undefined : { title: error.title, detail: rest.join(' '), status: error.status },
    };
  }
  return { failure: saveFailureOf(error, { repeatable }) };
}
