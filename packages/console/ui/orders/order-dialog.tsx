import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner, Button, Dialog, Poller, SelectField, TextField } from '../../kit/index.ts';
import { ApiError, newKey } from '../live/api.ts';
import { useConsole } from '../live/context.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText, minutesText, sentence } from '../words/words.ts';
import { ask, currentOrder } from './current-order.ts';
import type { Intent, Receipt } from './intent.ts';
import { OrderProgress } from './order-progress.tsx';

/** How often the progress of a longer order is polled. */
const FOLLOW_MS = 500;

type Phase =
  | { readonly step: 'asking' }
  | { readonly step: 'sending' }
  | { readonly step: 'taken'; readonly receipt: Receipt; readonly requestedMs: number };

/** Why an order came to nothing, or may have. */
interface Failure {
  readonly title: string;
  readonly text: string;
}

/** The dialog of the order that is being asked about, if there is one. */
export function OrderDialogs() {
  const intent = currentOrder.value;
  return intent === undefined ? null : (
    <OrderDialog key={intent.id} intent={intent} onClose={() => (currentOrder.value = undefined)} />
  );
}

/** Names object, extent, consequence and way back, wants a reason, and calls nothing done before it is seen. */
function OrderDialog({ intent, onClose }: { readonly intent: Intent; readonly onClose: () => void }) {
  const { api, live } = useConsole();
  const [reason, setReason] = useState(intent.reason);
  const [typed, setTyped] = useState('');
  const [minutes, setMinutes] = useState(intent.minutes?.[0] ?? 0);
  const [problems, setProblems] = useState<{ reason?: string; typed?: string }>({});
  const [failure, setFailure] = useState<Failure | undefined>();
  const [phase, setPhase] = useState<Phase>({ step: 'asking' });
  // One key for the order: a second click, or a second try after no answer, is the same order.
  const key = useRef(newKey());
  const sending = useRef(false);
  const firstSeen = useRef<string | undefined>(undefined);
  const footer = useRef<HTMLDivElement>(null);
  const [unreachable, setUnreachable] = useState(false);
  useEffect(() => {
    footer.current?.querySelector('button')?.focus();
    // What is shown may be old: how things stand is asked anew before anything is ordered.
    if (live.freshness.value !== 'live') void live.ask().then((came) => setUnreachable(!came));
  }, []);

  const send = async (): Promise<void> => {
    if (sending.current) return;
    const wrong = problemsOf(intent, reason, typed);
    setProblems(wrong);
    setFailure(undefined);
    if (Object.keys(wrong).length > 0) return;
    sending.current = true;
    setPhase({ step: 'sending' });
    const requestedMs = serverNow();
    const endsAt = intent.minutes === undefined ? undefined : new Date(requestedMs + minutes * 60_000).toISOString();
    // Of the first try: what was seen then tells nothing of the order, what comes after it may.
    const before = (firstSeen.current ??= live.report.value?.now ?? '');
    try {
      const { method, path, body, ifMatch } = intent.request({ reason: reason.trim(), endsAt });
      const answer = await api.send(method, path, body, {
        key: key.current,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      setPhase({ step: 'taken', receipt: { before, answer }, requestedMs });
      intent.taken?.(answer);
    } catch (error) {
      setPhase({ step: 'asking' });
      const atReason =
        error instanceof ApiError
          ? error.problem?.errors?.find(({ pointer }) => pointer === '/reason' || pointer === '/note')
          : undefined;
      if (atReason !== undefined) setProblems({ reason: atReason.message });
      else setFailure(failureOf(error));
      // After an answer the next try is another order; without one it must be the same.
      if (!isUnknown(error)) {
        key.current = newKey();
        firstSeen.current = undefined;
      }
    } finally {
      sending.current = false;
    }
  };

  const followed = phase.step === 'taken' ? intent.follow?.(phase.receipt.answer) : undefined;
  useEffect(() => {
    if (followed === undefined) return undefined;
    const poller = new Poller({
      quietMs: FOLLOW_MS,
      probe: () =>
        api.get(followed).then(
          (answer) => {
            setPhase((now) => (now.step === 'taken' ? { ...now, receipt: { ...now.receipt, answer } } : now));
            return true;
          },
          () => false,
        ),
    });
    poller.start();
    return () => poller.stop();
  }, [followed]);
  const stop = phase.step === 'taken' ? intent.stop?.(phase.receipt.answer) : undefined;

  const busy = phase.step === 'sending';
  const taken = phase.step === 'taken';
  const progress = taken ? intent.progress(live.report.value, phase.receipt) : undefined;
  const undo = progress?.tone === 'success' ? intent.undo?.(live.report.value) : undefined;
  return (
    <Dialog
      title={intent.question}
      onClose={onClose}
      busy={busy}
      footer={
        <div class="button-row" ref={footer}>
          <Button onClick={() => !busy && onClose()}>{taken ? 'Close' : 'Cancel'}</Button>
          {stop !== undefined && (
            <Button icon="stop" onClick={() => void api.send(stop.method, stop.path, stop.body).catch(() => undefined)}>
              Stop here
            </Button>
          )}
          {undo !== undefined && <Button onClick={() => ask(undo)}>{undo.verb}…</Button>}
          {!taken && (
            <Button variant={intent.danger ? 'danger' : 'primary'} busy={busy} onClick={() => void send()}>
              {failure === undefined || !failure.title.startsWith('Nobody') ? intent.verb : `${intent.verb}, again`}
            </Button>
          )}
        </div>
      }
    >
      {progress === undefined ? (
        <form
          class="order-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <p>{intent.consequence}</p>
          <dl class="order-facts">
            <dt>What</dt>
            <dd>{sentence(intent.extent)}</dd>
            <dt>Now</dt>
            <dd>
              {typeof intent.now === 'string' ? (
                sentence(intent.now)
              ) : (
                <ul class="order-list">
                  {intent.now.map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              )}
            </dd>
            <dt>Way back</dt>
            <dd>{intent.wayBack}</dd>
          </dl>
          {intent.warning !== undefined && (
            <Banner tone="warning" title="Look first">
              {intent.warning}
            </Banner>
          )}
          {intent.minutes !== undefined && (
            <SelectField
              label="For"
              hint={`Until ${clockText(serverNow() + minutes * 60_000)}. Then it ends by itself.`}
              value={String(minutes)}
              options={intent.minutes
                .toSorted((one, other) => one - other)
                .map((choice) => ({
                  value: String(choice),
                  label: minutesText(choice),
                }))}
              onChange={(choice) => setMinutes(Number(choice))}
            />
          )}
          {intent.typed !== undefined && (
            <TextField
              label={`Type ${intent.typed} to confirm`}
              value={typed}
              problem={problems.typed}
              autocomplete="off"
              spellcheck={false}
              onInput={setTyped}
            />
          )}
          <TextField
            label={intent.reasonLabel ?? 'Reason'}
            hint="Others will read it in the list of changes. 3 to 500 characters."
            problem={problems.reason}
            value={reason}
            maxlength={500}
            autocomplete="off"
            onInput={setReason}
          />
          {unreachable && live.freshness.value !== 'live' && (
            <Banner tone="warning" title="The server did not answer just now" role="status">
              What you see may be old. You can send the order all the same; nothing is called done before it is seen.
            </Banner>
          )}
          {failure !== undefined && (
            <Banner tone="danger" title={failure.title} role="alert">
              {failure.text}
            </Banner>
          )}
        </form>
      ) : (
        <OrderProgress progress={progress} requestedMs={taken ? phase.requestedMs : 0} />
      )}
    </Dialog>
  );
}

function problemsOf(intent: Intent, reason: string, typed: string): { reason?: string; typed?: string } {
  const { length } = reason.trim();
  return {
    ...(length < 3 || length > 500 ? { reason: 'Say why, in 3 to 500 characters.' } : {}),
    ...(intent.typed !== undefined && typed.trim() !== intent.typed
      ? { typed: `Type the name as it is written: ${intent.typed}` }
      : {}),
  };
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
