import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner, Button, Dialog, SelectField, TextField } from '@dualbrake/kit';
import { Poller } from '@dualbrake/kit/poller';
import { ApiError, newKey } from '../live/api.ts';
import { useConsole } from '../live/context.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText, minutesText, sentence } from '../words/words.ts';
import { ask, currentOrder } from './current-order.ts';
import type { Intent, Progress, Receipt } from './intent.ts';
import { OrderProgress } from './order-progress.tsx';

/** How often the progress of a longer order is polled. */
const FOLLOW_MS = 500;

/** How often the report is asked for while an order that was taken is not seen yet. */
const LOOK_MS = 2_000;
/** After so long without a sign the dialog says so; what comes later is shown all the same. */
const PATIENCE_MS = 15_000;

type Phase =
  | { readonly step: 'asking' }
  | { readonly step: 'sending' }
  | { readonly step: 'taken'; readonly receipt: Receipt; readonly requestedMs: number };

/** Why an action failed, or may have. */
interface Failure {
  readonly title: string;
  readonly text: string;
  /** It may have been carried out. */
  readonly isUnknown?: boolean;
}

/** The dialog of the order that is being asked about, if there is one. */
export function OrderDialogs() {
  const intent = currentOrder.value;
  return intent === undefined ? null : (
    <OrderDialog key={intent.id} intent={intent} onClose={() => (currentOrder.value = undefined)} />
  );
}

/** Names object, scope, consequence and how to undo it, asks for a reason, and reports nothing as done before a report shows it. */
function OrderDialog({ intent: given, onClose }: { readonly intent: Intent; readonly onClose: () => void }) {
  const { api, live } = useConsole();
  const current = useRef(given);
  const [reason, setReason] = useState(given.reason);
  const [typed, setTyped] = useState('');
  const [minutes, setMinutes] = useState(given.minutes?.[0] ?? 0);
  const [problems, setProblems] = useState<{ reason?: string; typed?: string }>({});
  const [failure, setFailure] = useState<Failure | undefined>();
  const [phase, setPhase] = useState<Phase>({ step: 'asking' });
  const [isOverdue, setOverdue] = useState(false);
  // Until it is sent, the dialog speaks of how things stand now, not of how they were when it was opened.
  if (phase.step === 'asking') current.current = given.renew?.(live.report.value) ?? given;
  const intent = current.current;
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
    if (sending.current || intent.obsolete !== undefined) return;
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
  const seen = taken ? intent.progress(live.report.value, phase.receipt) : undefined;
  const waits = seen !== undefined && seen.tone === 'info' && seen.running !== true;
  useEffect(() => {
    setOverdue(false);
    if (!waits) return undefined;
    const looking = setInterval(() => void live.ask(), LOOK_MS);
    const patience = setTimeout(() => setOverdue(true), PATIENCE_MS);
    return () => {
      clearInterval(looking);
      clearTimeout(patience);
    };
  }, [waits]);
  const progress = waits && isOverdue ? overdue(seen) : seen;
  const undo = progress?.tone === 'success' ? intent.undo?.(live.report.value) : undefined;
  return (
    <Dialog
      title={intent.question}
      onClose={onClose}
      busy={busy}
      footer={
        <div class="button-row" ref={footer}>
          <Button onClick={() => !busy && onClose()}>
            {taken || intent.obsolete !== undefined ? 'Close' : 'Cancel'}
          </Button>
          {stop !== undefined && (
            <Button icon="stop" onClick={() => void api.send(stop.method, stop.path, stop.body).catch(() => undefined)}>
              Stop
            </Button>
          )}
          {undo !== undefined && <Button onClick={() => ask(undo)}>{undo.verb}…</Button>}
          {!taken && intent.obsolete === undefined && (
            <Button variant={intent.danger ? 'danger' : 'primary'} busy={busy} onClick={() => void send()}>
              {failure?.isUnknown === true ? `${intent.verb} again` : intent.verb}
            </Button>
          )}
        </div>
      }
    >
      {!taken && intent.obsolete !== undefined ? (
        <Banner tone="info" title="Nothing to do" role="status">
          {intent.obsolete} Now: {typeof intent.now === 'string' ? sentence(intent.now) : intent.now.join(', ')}
        </Banner>
      ) : progress === undefined ? (
        <form
          class="order-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <p>{intent.consequence}</p>
          <dl class="order-facts">
            <dt>Scope</dt>
            <dd>{sentence(intent.extent)}</dd>
            <dt>{intent.nowLabel ?? 'Current state'}</dt>
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
            {intent.estimates !== undefined && (
              <>
                <dt>Preview</dt>
                <dd>
                  <ul class="order-list">
                    {intent.estimates.map((line) => (
                      <li key={line}>{line}</li>
                    ))}
                  </ul>
                </dd>
              </>
            )}
            <dt>To undo</dt>
            <dd>{intent.wayBack}</dd>
          </dl>
          {intent.warning !== undefined && (
            <Banner tone="warning" title="Before you continue">
              {intent.warning}
            </Banner>
          )}
          {intent.minutes !== undefined && (
            <SelectField
              label="For"
              hint={`Until ${clockText(serverNow() + minutes * 60_000)}. It ends automatically.`}
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
            hint="Shown to others in the list of changes. 3 to 500 characters."
            problem={problems.reason}
            value={reason}
            maxlength={500}
            autocomplete="off"
            onInput={setReason}
          />
          {unreachable && live.freshness.value !== 'live' && (
            <Banner tone="warning" title="The server didn’t answer just now" role="status">
              What you see may be out of date. You can continue; nothing is reported as done before a report confirms
              it.
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

/** Accepted, and no report shows it: that is said, and nobody waits for ever. */
function overdue(seen: Progress): Progress {
  return {
    ...seen,
    tone: 'warning',
    title: 'Not confirmed',
    text: `The request was accepted, but no report has shown it for ${PATIENCE_MS / 1_000} s. Someone may have changed it in the meantime. ${seen.text}`,
  };
}

function problemsOf(intent: Intent, reason: string, typed: string): { reason?: string; typed?: string } {
  const { length } = reason.trim();
  return {
    ...(length < 3 || length > 500 ? { reason: 'Enter a reason of 3 to 500 characters.' } : {}),
    ...(intent.typed !== undefined && typed.trim() !== intent.typed
      ? { typed: `Type the name exactly: ${intent.typed}` }
      : {}),
  };
}

/** Whether the order may have been carried out although no answer said so. */
function isUnknown(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || (error.status >= 500 && error.problem === undefined);
}

function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : 'Something went wrong. Try again.';
  if (!isUnknown(error)) return { title: 'Nothing was changed', text };
  return {
    title: 'It’s not certain whether this was done',
    text: `${text} You can try again: it will not be carried out twice.`,
    isUnknown: true,
  };
}
