import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner, Button, DataList, Dialog, SelectField, TextField } from '@dualbrake/kit';
import { Poller } from '@dualbrake/kit/poller';
import { ApiError, messageOf, newKey } from '../live/api.ts';
import { useConsole } from '../live/context.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText, minutesText, sentence } from '../words/words.ts';
import { currentAction, openAction, type Action, type Progress, type Receipt } from './action.ts';
import { ActionProgress } from './action-progress.tsx';

/** How often the progress of a running action is polled. */
const PROGRESS_POLL_MS = 500;
/** How often the report is polled until it shows the effect. */
const REPORT_POLL_MS = 2_000;
/** Without confirmation for this long the dialog shows a warning; a later confirmation replaces it. */
const OVERDUE_MS = 15_000;

type Phase =
  | { readonly step: 'editing' | 'sending' }
  | { readonly step: 'accepted'; readonly receipt: Receipt; readonly requestedMs: number };

interface Failure {
  readonly title: string;
  readonly text: string;
  /** The action may have been carried out. */
  readonly isUnknown?: boolean;
}

/** The dialog of the current action, if there is one. */
export function ActionDialogs() {
  const action = currentAction.value;
  return action === undefined ? null : (
    <ActionDialog key={action.id} action={action} onClose={() => (currentAction.value = undefined)} />
  );
}

/** Shows scope, consequence and how to undo; asks for a reason; reports an action as done only after a report shows it. */
function ActionDialog({ action: given, onClose }: Readonly<{ action: Action; onClose: () => void }>) {
  const { api, live } = useConsole();
  const latest = useRef(given);
  const [reason, setReason] = useState(given.reason ?? '');
  const [typedName, setTypedName] = useState('');
  const [minutes, setMinutes] = useState(given.minutes?.[0] ?? 0);
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<Failure | undefined>();
  const [phase, setPhase] = useState<Phase>({ step: 'editing' });
  const [isOverdue, setOverdue] = useState(false);
  // Until it is sent, the dialog follows the current report, not the one it was opened with.
  if (phase.step === 'editing') latest.current = given.renew?.(live.report.value) ?? given;
  const action = latest.current;
  // A second click, or a retry after no response, is the same action and carries the same key.
  const key = useRef(newKey());
  const isSending = useRef(false);
  const firstSeen = useRef<string | undefined>(undefined);
  const footer = useRef<HTMLDivElement>(null);
  const [unreachable, setUnreachable] = useState(false);
  useEffect(() => {
    footer.current?.querySelector('button')?.focus();
    if (live.freshness.value !== 'live') void live.poll().then((succeeded) => setUnreachable(!succeeded));
  }, []);

  const send = async (): Promise<void> => {
    if (isSending.current || action.obsolete !== undefined) return;
    const found = problemsOf(action, reason, typedName);
    setProblems(found);
    setFailure(undefined);
    if (Object.keys(found).length > 0) return;
    isSending.current = true;
    setPhase({ step: 'sending' });
    const requestedMs = serverNow();
    const endsAt = action.minutes === undefined ? undefined : new Date(requestedMs + minutes * 60_000).toISOString();
    // Kept for retries: any report after the first attempt may already show the effect.
    const before = (firstSeen.current ??= live.report.value?.now ?? '');
    try {
      const { method, path, body, ifMatch } = action.request({ reason: reason.trim(), endsAt });
      const answer = await api.send(method, path, body, { key: key.current, ...(ifMatch && { ifMatch }) });
      setPhase({ step: 'accepted', receipt: { before, answer }, requestedMs });
      action.onAccepted?.(answer);
    } catch (error) {
      setPhase({ step: 'editing' });
      const errors = error instanceof ApiError ? error.problem?.errors : undefined;
      const ofReason = errors?.find(({ pointer }) => pointer === '/reason' || pointer === '/note');
      if (ofReason !== undefined) setProblems({ reason: ofReason.message });
      else setFailure(failureOf(error));
      // After a response the next attempt is a new action; without one it must be the same.
      if (!isOutcomeUnknown(error)) {
        key.current = newKey();
        firstSeen.current = undefined;
      }
    } finally {
      isSending.current = false;
    }
  };

  const receipt = phase.step === 'accepted' ? phase.receipt : undefined;
  const progressPath = receipt && action.progressPath?.(receipt.answer);
  useEffect(() => {
    if (progressPath === undefined) return undefined;
    const poll = async (): Promise<boolean> => {
      try {
        const answer = await api.get(progressPath);
        setPhase((now) => (now.step === 'accepted' ? { ...now, receipt: { ...now.receipt, answer } } : now));
        return true;
      } catch {
        return false;
      }
    };
    const poller = new Poller({ quietMs: PROGRESS_POLL_MS, probe: poll });
    poller.start();
    return () => poller.stop();
  }, [progressPath]);
  const stop = receipt && action.stopRequest?.(receipt.answer);

  const reported = receipt && action.progress(live.report.value, receipt);
  const isWaiting = reported !== undefined && reported.tone === 'info' && reported.running !== true;
  useEffect(() => {
    setOverdue(false);
    if (!isWaiting) return undefined;
    const polling = setInterval(() => void live.poll(), REPORT_POLL_MS);
    const timeout = setTimeout(() => setOverdue(true), OVERDUE_MS);
    return () => {
      clearInterval(polling);
      clearTimeout(timeout);
    };
  }, [isWaiting]);
  const progress = isWaiting && isOverdue ? overdue(reported) : reported;
  const undo = progress?.tone === 'success' ? action.undo?.(live.report.value) : undefined;
  const busy = phase.step === 'sending';
  const isObsolete = receipt === undefined && action.obsolete !== undefined;
  return (
    <Dialog
      title={action.title ?? `${action.confirmLabel}?`}
      onClose={onClose}
      busy={busy}
      footer={
        <div class="button-row" ref={footer}>
          <Button onClick={() => !busy && onClose()}>{receipt || isObsolete ? 'Close' : 'Cancel'}</Button>
          {stop !== undefined && (
            <Button icon="stop" onClick={() => void api.send(stop.method, stop.path, stop.body).catch(() => undefined)}>
              Stop
            </Button>
          )}
          {undo !== undefined && <Button onClick={() => openAction(undo)}>{undo.confirmLabel}…</Button>}
          {receipt === undefined && !isObsolete && (
            <Button variant={action.danger ? 'danger' : 'primary'} busy={busy} onClick={() => void send()}>
              {failure?.isUnknown ? `${action.confirmLabel} again` : action.confirmLabel}
            </Button>
          )}
        </div>
      }
    >
      {isObsolete ? (
        <Banner tone="info" title="Nothing to do" role="status">
          {action.obsolete} Now: <Lines text={action.current} />
        </Banner>
      ) : phase.step === 'accepted' && progress !== undefined ? (
        <ActionProgress progress={progress} requestedMs={phase.requestedMs} />
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <p>{action.consequence}</p>
          <div class="action-facts sunken">
            <DataList
              facts={[
                { name: 'Scope', value: sentence(action.scope) },
                { name: action.currentLabel ?? 'Current state', value: <Lines text={action.current} /> },
                ...(action.estimates?.length ? [{ name: 'Preview', value: <Lines text={action.estimates} /> }] : []),
                { name: 'To undo', value: action.undoText },
              ]}
            />
          </div>
          {action.warning !== undefined && (
            <Banner tone="warning" title="Before you continue">
              {action.warning}
            </Banner>
          )}
          {action.minutes !== undefined && (
            <SelectField
              label="For"
              hint={`Until ${clockText(serverNow() + minutes * 60_000)}. It ends automatically.`}
              value={String(minutes)}
              options={action.minutes
                .toSorted((one, other) => one - other)
                .map((choice) => ({ value: String(choice), label: minutesText(choice) }))}
              onChange={(choice) => setMinutes(Number(choice))}
            />
          )}
          {action.confirmName !== undefined && (
            <TextField
              label={`Type ${action.confirmName} to confirm`}
              value={typedName}
              problem={problems.name}
              autocomplete="off"
              spellcheck={false}
              onInput={setTypedName}
            />
          )}
          <TextField
            label={action.reasonLabel ?? 'Reason'}
            hint="Others see it in the list of changes. 3 to 500 characters."
            problem={problems.reason}
            value={reason}
            maxlength={500}
            autocomplete="off"
            onInput={setReason}
          />
          {unreachable && live.freshness.value !== 'live' && (
            <Banner tone="warning" title="The server isn’t answering right now" role="status">
              The values shown may be out of date. You can continue: the action is shown as done only after the server
              confirms it.
            </Banner>
          )}
          {failure !== undefined && (
            <Banner tone="danger" title={failure.title} role="alert">
              {failure.text}
            </Banner>
          )}
        </form>
      )}
    </Dialog>
  );
}

/** A sentence, or a list. */
function Lines({ text }: Readonly<{ text: string | readonly string[] }>) {
  if (typeof text === 'string') return <>{sentence(text)}</>;
  return (
    <ul class="action-lines">
      {text.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function overdue(reported: Progress): Progress {
  return {
    ...reported,
    tone: 'warning',
    title: 'Not confirmed',
    text: `The request was accepted, but no report has shown its effect for ${OVERDUE_MS / 1_000} s. Someone may have changed it in the meantime. ${reported.text}`,
  };
}

interface Problems {
  readonly reason?: string;
  readonly name?: string;
}

function problemsOf({ confirmName }: Action, reason: string, typedName: string): Problems {
  const { length } = reason.trim();
  return {
    ...((length < 3 || length > 500) && { reason: 'Enter a reason of 3 to 500 characters.' }),
    ...(confirmName !== undefined &&
      typedName.trim() !== confirmName && { name: `Type the name exactly: ${confirmName}` }),
  };
}

function isOutcomeUnknown(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || (error.status >= 500 && error.problem === undefined);
}

function failureOf(error: unknown): Failure {
  const text = messageOf(error);
  if (!isOutcomeUnknown(error)) return { title: 'Nothing was changed', text };
  return {
    title: 'Outcome unknown',
    text: `${text} The action may have been carried out. You can try again: it won’t be carried out twice.`,
    isUnknown: true,
  };
}
