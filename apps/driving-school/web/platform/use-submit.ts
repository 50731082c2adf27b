import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { disabledReason as savingDisabledReason } from '../session.ts';
import { Submission, type SubmitOptions } from './submission.ts';

/** A submission with its form. */
export type FormSubmission<Content, Field extends string = never> = Submission<Content, Field> & {
  readonly formRef: RefObject<HTMLFormElement | null>;
};

/**
 * Creates the submission of a component. A component that reads `busy`, `problems` or `failure` is rendered again when
 * they change.
 *
 * @param disabledReason the reason why this can't be sent now. Default: the reason why nothing can be saved now
 */
export function useSubmit<Content = void, Field extends string = never>({
  disabledReason,
  ...options
}: SubmitOptions<Content, Field> & { readonly disabledReason?: () => string | undefined }): FormSubmission<
  Content,
  Field
> {
  const latest = useRef({ options, disabledReason });
  latest.current = { options, disabledReason };
  const formRef = useRef<HTMLFormElement>(null);
  const [submission] = useState(() =>
    Object.assign(
      new Submission<Content, Field>(() => latest.current.options, {
        disabledReason: () => (latest.current.disabledReason ?? (() => savingDisabledReason.value))(),
        focusFirstProblem() {
          // After the next render, which marks the fields.
          requestAnimationFrame(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
        },
      }),
      { formRef },
    ),
  );
  return submission;
}
