import { Button, Icon, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { NearestSlot } from '../../contract/lessons.ts';
import type { Refusal, RuleName } from '../../contract/rules.ts';
import type { Reasons } from './booking-draft.ts';

/** All reasons against a booking, the most serious first. Soft refusals offer a reason in place. */
export function VerdictList({
  state,
  conflicts,
  refusals,
  reasons,
  problems,
  onReason,
}: {
  /** `none`: nothing to judge yet. */
  readonly state: 'none' | 'checking' | 'judged';
  readonly conflicts: readonly string[];
  readonly refusals: readonly Refusal[];
  readonly reasons: Reasons;
  /** Problems of the reasons. */
  readonly problems: Readonly<Partial<Record<RuleName, string | undefined>>>;
  readonly onReason: (rule: RuleName, reason: string) => void;
}): JSX.Element {
  const isFree = state === 'judged' && conflicts.length === 0 && refusals.every(({ kind }) => kind === 'advice');
  return (
    <div class="verdicts">
      <div role="status" class="verdict-status">
        {state === 'checking' && (
          <p class="muted">
            <Icon name="clock" />
            <span>Checking…</span>
          </p>
        )}
        {isFree && (
          <p class="verdict tone-success">
            <Icon name="check" />
            <span>This time is free.</span>
          </p>
        )}
        {conflicts.map((text) => (
          <p key={text} class="verdict tone-danger">
            <Icon name="danger" />
            <span>{text}</span>
          </p>
        ))}
        {refusals
          .filter(({ kind }) => kind === 'hard')
          .map(({ rule, message }) => (
            <p key={rule} class="verdict tone-danger">
              <Icon name="danger" />
              <span>{message}</span>
            </p>
          ))}
        {refusals
          .filter(({ kind }) => kind === 'advice')
          .map(({ rule, message }) => (
            <p key={rule} class="verdict tone-info">
              <Icon name="info" />
              <span>{message}</span>
            </p>
          ))}
      </div>
      {refusals
        .filter(({ kind }) => kind === 'soft')
        .map(({ rule, message }) => (
          <div key={rule} class="verdict-reason">
            <p class="verdict tone-warning" role="status">
              <Icon name="warning" />
              <span>{message}</span>
            </p>
            <TextField
              id={`reason-${rule}`}
              label="Reason to book it anyway"
              autocomplete="off"
              maxlength={200}
              value={reasons[rule] ?? ''}
              problem={problems[rule]}
              onInput={(reason) => onReason(rule, reason)}
            />
          </div>
        ))}
    </div>
  );
}

/** Buttons with free times near one that is taken. */
export function NearestSlots({
  slots,
  textOf,
  onChoose,
}: {
  readonly slots: readonly NearestSlot[];
  readonly textOf: (slot: NearestSlot) => string;
  readonly onChoose: (slot: NearestSlot) => void;
}): JSX.Element | null {
  if (slots.length === 0) return null;
  return (
    <div class="nearest">
      <p id="nearest-label">Nearest free times:</p>
      <div class="button-row" role="group" aria-labelledby="nearest-label">
        {slots.map((slot) => (
          <Button
            key={`${slot.starts_at} ${slot.instructor_id} ${slot.vehicle_id}`}
            size="small"
            onClick={() => onChoose(slot)}
          >
            {textOf(slot)}
          </Button>
        ))}
      </div>
    </div>
  );
}
