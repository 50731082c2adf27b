import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner, Button, Dialog, TextField } from '../kit/index.ts';
import type { ReportView } from '../src/contract.ts';
import { ApiError, newKey, type Api } from './api.ts';
import { isSeen, operationText, orderWords } from './words.ts';

/** What is to be done to what. */
export interface Intent {
  readonly kind: 'breakers' | 'services';
  readonly id: string;
  readonly name: string;
  readonly action: string;
  /** Where things stand now, in words. */
  readonly now: string;
}

type Phase =
  | { readonly step: 'asking' }
  | { readonly step: 'sending' }
  | { readonly step: 'waiting'; readonly orderedAtMs: number; readonly operation: string | undefined };

/** Names object, extent, consequence and way back, wants a reason, and calls nothing done before it is seen. */
export function OrderDialog({
  intent,
  api,
  report,
  serverNowMs,
  onClose,
}: {
  readonly intent: Intent;
  readonly api: Api;
  readonly report: ReportView | undefined;
  readonly serverNowMs: number;
  readonly onClose: () => void;
}) {
  const { kind, id, name, action } = intent;
  const words = orderWords(action);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const [failure, setFailure] = useState<string | undefined>();
  const [phase, setPhase] = useState<Phase>({ step: 'asking' });
  // One key for the dialog: a second click is the same order.
  const key = useRef(newKey());
  const cancel = useRef<HTMLDivElement>(null);
  useEffect(() => cancel.current?.querySelector('button')?.focus(), []);

  const send = async (): Promise<void> => {
    const length = reason.trim().length;
    if (length < 3 || length > 500) {
      setProblem('Say why, in 3 to 500 characters.');
      return;
    }
    setProblem(undefined);
    setFailure(undefined);
    setPhase({ step: 'sending' });
    try {
      const operation = await api.order({ kind, id, action, reason, key: key.current });
      setPhase({ step: 'waiting', orderedAtMs: serverNowMs, operation: operation?.id });
    } catch (error) {
      if (error instanceof ApiError && error.problem !== undefined && error.status !== 422) key.current = newKey();
      const atField =
        error instanceof ApiError ? error.problem?.errors?.find(({ pointer }) => pointer === '/reason') : undefined;
      setProblem(atField?.message);
      if (atField === undefined) setFailure(error instanceof Error ? error.message : 'It did not work.');
      setPhase({ step: 'asking' });
    }
  };

  const outcome = phase.step === 'waiting' ? outcomeOf(intent, phase, report) : undefined;
  const busy = phase.step === 'sending';
  return (
    <Dialog
      title={`${words.verb} ${name}?`}
      onClose={onClose}
      busy={busy}
      footer={
        <div class="button-row" ref={cancel}>
          <Button onClick={() => !busy && onClose()}>{outcome === undefined ? 'Cancel' : 'Close'}</Button>
          {outcome === undefined && (
            <Button variant={words.danger ? 'danger' : 'primary'} busy={busy} onClick={() => void send()}>
              {`${words.verb} ${name}`}
            </Button>
          )}
        </div>
      }
    >
      {outcome === undefined ? (
        <form
          class="order-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) void send();
          }}
        >
          <p>{words.consequence}</p>
          <p class="order-ending">{words.ending}</p>
          <p class="order-now">Now: {intent.now}</p>
          <TextField
            label="Reason"
            hint="Others will read it in the list of changes."
            problem={problem}
            value={reason}
            maxlength={500}
            autocomplete="off"
            onInput={setReason}
          />
          {failure !== undefined && (
            <Banner tone="danger" title="Nothing was done." role="alert">
              {failure}
            </Banner>
          )}
        </form>
      ) : (
        <Banner tone={outcome.tone} title={outcome.title} role="status">
          {outcome.text}
        </Banner>
      )}
    </Dialog>
  );
}

/** What the stream has shown since the order was taken. */
function outcomeOf(
  { kind, id, action }: Intent,
  { orderedAtMs, operation }: Extract<Phase, { step: 'waiting' }>,
  report: ReportView | undefined,
): { tone: 'info' | 'success' | 'danger'; title: string; text: string } {
  const waiting = { tone: 'info', title: 'Requested', text: 'Waiting until it can be seen…' } as const;
  if (kind === 'breakers') {
    const breaker = report?.breakers.find((each) => each.id === id);
    if (!isSeen(action, breaker, orderedAtMs)) return waiting;
    return { tone: 'success', title: 'Done', text: `Seen: the breaker is ${breaker?.state}.` };
  }
  const service = report?.services.find((each) => each.id === id);
  const shown = service?.operation;
  if (shown === null || shown === undefined || shown.id !== operation) return waiting;
  if (shown.state === 'failed') return { tone: 'danger', title: 'It failed', text: operationText(shown) };
  if (shown.state === 'succeeded' && service?.state === 'up') {
    return { tone: 'success', title: 'Done', text: `${operationText(shown)} Seen: it is up.` };
  }
  return { tone: 'info', title: 'Running', text: `${operationText(shown)} Now: ${service?.state}.` };
}
