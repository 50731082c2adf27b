import { Component } from 'preact';
import { Button, notify, StatusMark, type StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';
import type { LogLevel, LogLine } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';

const looks: Readonly<Record<LogLevel, { readonly shape: StatusShape; readonly tone: Tone }>> = {
  trace: { shape: 'dotted', tone: 'neutral' },
  debug: { shape: 'dotted', tone: 'neutral' },
  info: { shape: 'ring', tone: 'neutral' },
  warn: { shape: 'triangle', tone: 'warning' },
  error: { shape: 'square', tone: 'danger' },
  fatal: { shape: 'hexagon', tone: 'danger' },
};

const clock = new Intl.DateTimeFormat('en-CA', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

/** `14:05:09.123`, on the clock of who looks; whole and in UTC in the title. */
export function LineTime({ at }: { readonly at: string }) {
  return (
    <time class="log-time numbers" dateTime={at} title={at}>
      {clock.format(Date.parse(at)).replace(',', '.')}
    </time>
  );
}

interface LineProps {
  readonly line: LogLine;
  /** Stands in place of the time. */
  readonly lead?: preact.ComponentChildren;
}

/** One line; it opens to show everything that it says. A line never changes: a thousand of them are not drawn again for a new one. */
export class LogLineView extends Component<LineProps, { open: boolean }> {
  override state = { open: false };

  override shouldComponentUpdate(next: LineProps, { open }: { open: boolean }): boolean {
    return next.line !== this.props.line || next.lead !== this.props.lead || open !== this.state.open;
  }

  override render() {
    const { line, lead } = this.props;
    const { open } = this.state;
    const { shape, tone } = looks[line.level];
    return (
      <li class={`log-line tone-${tone}`} data-level={line.level}>
        <div class="log-head">
          {lead ?? <LineTime at={line.at} />}
          <StatusMark shape={shape} tone={tone}>
            {line.level}
          </StatusMark>
          <button type="button" class="log-message" aria-expanded={open} onClick={() => this.setState({ open: !open })}>
            {visible(line.message)}
          </button>
          <span class="log-links">
            {line.breaker !== null && <a href={hrefOf(['breakers', line.breaker])}>{line.breaker}</a>}
            {line.correlation_id !== null && (
              <a href={hrefOf(['logs'], { cid: line.correlation_id })} title={`All lines of ${line.correlation_id}`}>
                {shortened(line.correlation_id)}
              </a>
            )}
          </span>
        </div>
        {open && <Details line={line} />}
      </li>
    );
  }
}

function Details({ line }: { readonly line: LogLine }) {
  const fields = Object.entries(line.fields);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(line));
      notify('Line copied.');
    } catch {
      // On plain HTTP names there is no clipboard.
      notify('This browser doesn’t allow copying here. Select the text and copy it.', { tone: 'warning' });
    }
  };
  return (
    <div class="log-details">
      <dl>
        <div>
          <dt>at</dt>
          <dd>{line.at}</dd>
        </div>
        {line.correlation_id !== null && (
          <div>
            <dt>correlation ID</dt>
            <dd>{visible(line.correlation_id)}</dd>
          </div>
        )}
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt>{visible(name)}</dt>
            <dd>{visible(typeof value === 'string' ? value : JSON.stringify(value))}</dd>
          </div>
        ))}
      </dl>
      <Button size="small" variant="quiet" icon="copy" onClick={() => void copy()}>
        Copy as JSON
      </Button>
    </div>
  );
}

/** Control and direction marks are shown as what they are: a line must not look like another one. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (mark) =>
    mark === '\n' || mark === '\t' ? mark : `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function shortened(id: string): string {
  return id.length <= 12 ? id : `${id.slice(0, 11)}…`;
}
