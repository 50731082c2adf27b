import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner, Button, Dialog, ProgressLine, TextField } from '../kit/index.ts';
import type { OverviewView } from '../src/contract.ts';
import { ApiError, newKey, type Api } from './api.ts';
import type { Live } from './stream.ts';
import { isSeen, operationText, orderWords, sentence, type Before } from './words.ts';

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
  | { readonly step: 'waiting'; readonly before: Before; readonly operation: string | undefined };

/** Why an order came to nothing, or may have. */
interface Failure {
  readonly title: string;
  readonly text: string;
}

/** Names object, extent, consequence and way back, wants a reason, and calls nothing done before it is seen. */
export function ActionDialog({
  intent,
  api,
  live,
  onClose,
}: {
  readonly intent: Intent;
  readonly api: Api;
  readonly live: Live;
  readonly onClose: () => void;
}) {
  const { kind, id, name, action } = intent;
  const words = orderWords(action);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const [failure, setFailure] = useState<Failure | undefined>();
  const [phase, setPhase] = useState<Phase>({ step: 'asking' });
  // One key for the order: a second click, or a second try after no answer, is the same order.
  const key = useRef(newKey());
  const footer = useRef<HTMLDivElement>(null);
  useEffect(() => footer.current?.querySelector('button')?.focus(), []);

  const send = async (): Promise<void> => {
    const { length } = reason.trim();
    if (length < 3 || length > 500) {
      setProblem('Say why, in 3 to 500 characters.');
      return;
    }
    setProblem(undefined);
    setFailure(undefined);
    setPhase({ step: 'sending' });
    const before = beforeOf(id, live.report.value);
    try {
      const operation = await api.order({ kind, id, action, reason, key: key.current });
      setPhase({ step: 'waiting', before, operation: operation?.id });
    } catch (error) {
      setPhase({ step: 'asking' });
      const atField =
        error instanceof ApiError ? error.problem?.errors?.find(({ pointer }) => pointer === '/reason') : undefined;
      if (atField !== undefined) setProblem(atField.message);
      else setFailure(failureOf(error));
      // After an answer the next try is another order; without one it must be the same.
      if (!isUnknown(error)) key.current = newKey();
    }
  };

  const outcome = phase.step === 'waiting' ? outcomeOf(intent, phase, live.report.value) : undefined;
  const busy = phase.step === 'sending';
  return (
    <Dialog
      title={words.question(name)}
      onClose={onClose}
      busy={busy}
      footer={
        <div class="button-row" ref={footer}>
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
          {words.ending !== '' && <p class="order-ending">{words.ending}</p>}
          <p class="order-now">Now: {sentence(intent.now)}</p>
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
            <Banner tone="danger" title={failure.title} role="alert">
              {failure.text}
            </Banner>
          )}
        </form>
      ) : (
        <>
          <Banner tone={outcome.tone} title={outcome.title} role="status">
            {outcome.text}
          </Banner>
          <ProgressLine active={outcome.tone === 'info'} />
        </>
      )}
    </Dialog>
  );
}

/** Whether the order may have been carried out although no answer said so. */
function isUnknown(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || (error.status >= 500 && error.problem === undefined);
}

function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : 'It did not work.';
  if (!isUnknown(error)) return { title: 'Nothing was done', text };
  return {
    title: 'Nobody knows whether it was done',
    text: `${text} You can order it again: it is not carried out twice.`,
  };
}

function beforeOf(id: string, report: OverviewView | undefined): Before {
  return { at: report?.now ?? '', since: report?.breakers.find((breaker) => breaker.id === id)?.since };
}

/** What has been seen since the order was taken. */
function outcomeOf(
  { kind, id, action }: Intent,
  { before, operation }: Extract<Phase, { step: 'waiting' }>,
  report: OverviewView | undefined,
): { tone: 'info' | 'success' | 'danger'; title: string; text: string } {
  const waiting = { tone: 'info', title: 'Taken', text: 'Waiting until it can be seen…' } as const;
  if (kind === 'breakers') {
    const breaker = report?.breakers.find((each) => each.id === id);
    if (report === undefined || !isSeen(action, breaker, report.now, before)) return waiting;
    return { tone: 'success', title: 'Done', text: `Seen: the breaker is ${breaker?.state}.` };
  }
  const service = report?.services.find((each) => each.id === id);
  const shown = service?.operation;
  if (shown === null || shown === undefined || shown.id !== operation) return waiting;
  if (shown.state === 'failed' || shown.state === 'expired')
    return { tone: 'danger', title: 'It failed', text: sentence(operationText(shown)) };
  if (shown.state === 'applied' && service?.state === 'up') {
    return { tone: 'success', title: 'Done', text: `${sentence(operationText(shown))} Seen: it is up.` };
  }
  return { tone: 'info', title: 'Running', text: `${sentence(operationText(shown))} Now: ${service?.state}.` };
}
