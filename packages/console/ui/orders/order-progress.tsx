import { Banner, ProgressLine, StatusMark, type StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';
import { clockText } from '../words/words.ts';
import type { Progress } from './intent.ts';

/** Requested, acknowledged by so many, observed: three steps, each shown when it has been seen and not before. */
export function OrderProgress({
  progress,
  requestedMs,
}: {
  readonly progress: Progress;
  readonly requestedMs: number;
}) {
  const { tone, title, text, acknowledged = { by: 1, of: 1, failed: 0 }, steps = [] } = progress;
  const ended = tone !== 'info';
  return (
    <div class="order-progress">
      <ol class="order-steps">
        <Step shape="check" tone="success">
          Requested {clockText(requestedMs)}
        </Step>
        <Step
          shape={acknowledged.by === acknowledged.of ? 'check' : acknowledged.failed > 0 ? 'triangle' : 'hourglass'}
          tone={acknowledged.by === acknowledged.of ? 'success' : acknowledged.failed > 0 ? 'warning' : 'info'}
        >
          Acknowledged by {acknowledged.by} of {acknowledged.of} {acknowledged.of === 1 ? 'process' : 'processes'}
        </Step>
        {steps.map((step) => (
          <Step key={`${step.at} ${step.text}`} shape="ring" tone="neutral">
            {clockText(Date.parse(step.at))} {step.text}
          </Step>
        ))}
        <Step
          shape={tone === 'success' ? 'check' : ended ? 'triangle' : 'hourglass'}
          tone={tone === 'success' ? 'success' : ended ? tone : 'info'}
        >
          {tone === 'success' ? 'Observed' : ended ? 'Not as requested' : 'Waiting for confirmation…'}
        </Step>
      </ol>
      <Banner tone={tone} title={title} role={tone === 'danger' ? 'alert' : 'status'}>
        {text}
      </Banner>
      <ProgressLine active={!ended} />
    </div>
  );
}

function Step(props: {
  readonly shape: StatusShape;
  readonly tone: Tone;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <li>
      <StatusMark shape={props.shape} tone={props.tone}>
        {props.children}
      </StatusMark>
    </li>
  );
}
