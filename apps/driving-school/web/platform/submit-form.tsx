import { Banner, Button, Dialog } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import type { Failure } from '../failure.ts';
import type { FormSubmission } from './use-submit.ts';

/** A form of a submission, with a banner for its failure. */
export function SubmitForm<Content, Field extends string>({
  submission,
  content,
  class: className = 'stack',
  failureActions,
  children,
}: {
  readonly submission: FormSubmission<Content, Field>;
  readonly content: Content;
  readonly class?: string;
  /** Buttons in the banner of a failure. */
  readonly failureActions?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <form
      ref={submission.formRef}
      class={className}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submission.submit(content);
      }}
    >
      <FailureBanner failure={submission.failure} actions={failureActions} />
      {children}
    </form>
  );
}

/** A dialog with a form, a Cancel button and a submit button. */
export function FormDialog<Content, Field extends string>({
  title,
  submission,
  content,
  submitLabel,
  cancelLabel = 'Cancel',
  danger = false,
  intro,
  onClose,
  children,
}: {
  readonly title: string;
  readonly submission: FormSubmission<Content, Field>;
  readonly content: Content;
  readonly submitLabel: string;
  /** Default: `Cancel`. */
  readonly cancelLabel?: string;
  /** Text above the fields. */
  readonly intro?: string;
  /** Whether submitting cancels or ends something: the button is red, and the Enter key does not press it. Default false. */
  readonly danger?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { busy, disabledReason } = submission;
  return (
    <Dialog
      title={title}
      busy={busy}
      disabledReason={disabledReason}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button
            variant={danger ? 'danger' : 'primary'}
            busy={busy}
            disabledReason={disabledReason}
            onClick={() => void submission.submit(content)}
          >
            {submitLabel}
          </Button>
        </>
      }
    >
      {intro !== undefined && <p class="muted">{intro}</p>}
      <SubmitForm submission={submission} content={content}>
        {children}
        {/* The visible button is outside the form; this one makes the Enter key submit. */}
        {!danger && (
          <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
            {submitLabel}
          </button>
        )}
      </SubmitForm>
    </Dialog>
  );
}

/** A banner that explains a failure. */
export function FailureBanner({
  failure,
  actions,
}: {
  readonly failure: Failure | undefined;
  readonly actions?: ComponentChildren;
}): JSX.Element | null {
  if (failure === undefined) return null;
  // Too many attempts are not an error.
  const tone = failure.status === 429 ? 'warning' : 'danger';
  return (
    <Banner tone={tone} role="alert" title={failure.title} actions={actions}>
      <p>{failure.detail}</p>
    </Banner>
  );
}

/** A hidden field from which password managers read the account of a password. */
export function HiddenUsername({ email }: { readonly email: string | undefined }): JSX.Element {
  return (
    <input class="visually-hidden" tabIndex={-1} aria-hidden="true" readOnly autocomplete="username" value={email} />
  );
}
