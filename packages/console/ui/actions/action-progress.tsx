import { Banner, ProgressLine, type StatusShape, type Tone } from '@dualbrake/kit';
import { StateMark } from '../parts/status.tsx';
import { clockText } from '../words/words.ts';
import type { Progress } from './action.ts';

/** Requested, acknowledged, observed: each step is shown once the server has reported it. */
export function ActionProgress({ progress, requestedMs }: Readonly<{ progress: Progress; requestedMs: number }>) {
  const { tone, title, text, acknowledged = { by: 1, of: 1, failed: 0 }, steps = [] } = progress;
  const { by, of, failed } = acknowledged;
  const waiting = tone === 'info';
  return (
    <div class="stack">
      <ol class="action-steps stack">
        <Step tone="success">Requested {clockText(requestedMs)}</Step>
        <Step tone={by === of ? 'success' : failed > 0 ? 'warning' : 'info'}>
          Acknowledged by {by} of {of} {of === 1 ? 'process' : 'processes'}
        </Step>
        {steps.map((step) => (
          <Step key={`${step.at} ${step.text}`} tone="neutral">
            {clockText(step.at)} {step.text}
          </Step>
        ))}
        <Step tone={tone}>
          {tone === 'success' ? 'Observed' : waiting ? 'Waiting for confirmation…' : 'Not as requested'}
        </Step>
      </ol>
      <Banner tone={tone} title={title} role={tone === 'danger' ? 'alert' : 'status'}>
        {text}
      </Banner>
      <ProgressLine active={waiting} />
    </div>
  );
}

const shapes: Readonly<Record<Tone, StatusShape>> = {
  success: 'check',
  info: 'hourglass',
  neutral: 'ring',
  warning: 'triangle',
  danger: 'triangle',
};

function Step({ tone, children }: Readonly<{ tone: Tone; children: preact.ComponentChildren }>) {
  return (
    <li>
      <StateMark status={{ shape: shapes[tone], tone }}>{children}</StateMark>
    </li>
  );
}
