import { Component, type ComponentChildren } from 'preact';
import { Button, DataList, notify } from '@dualbrake/kit';
import type { LogLevel, LogLine } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { StateMark } from '../../parts/status.tsx';
import { exactClockText, type Mark } from '../../words/words.ts';

const marks: Readonly<Record<LogLevel, Mark>> = {
  trace: { shape: 'dotted', tone: 'neutral' },
  debug: { shape: 'dotted', tone: 'neutral' },
  info: { shape: 'ring', tone: 'neutral' },
  warn: { shape: 'triangle', tone: 'warning' },
  error: { shape: 'square', tone: 'danger' },
  fatal: { shape: 'hexagon', tone: 'danger' },
};

/** `14:05:09.123` in the reader's time zone; the full instant in UTC is in the title. */
export function LineTime({ at }: Readonly<{ at: string }>) {
  return (
    <time class="log-time numbers" dateTime={at} title={at}>
      {exactClockText(at)}
    </time>
  );
}

interface LineProps {
  readonly line: LogLine;
  /** Shown in place of the time. */
  readonly lead?: ComponentChildren;
}

interface LineState {
  readonly open: boolean;
}

/** A line that opens to show all its fields. Lines never change, so each is rendered once. */
export class LogLineView extends Component<LineProps, LineState> {
  override state = { open: false };

  override shouldComponentUpdate(next: LineProps, { open }: LineState): boolean {
    return next.line !== this.props.line || next.lead !== this.props.lead || open !== this.state.open;
  }

  override render() {
    const { line, lead } = this.props;
    const { level, at, message, breaker, correlation_id: cid } = line;
    const { open } = this.state;
    return (
      <li class={`log-line tone-${marks[level].tone}`} data-level={level}>
        <div class="log-head">
          {lead ?? <LineTime at={at} />}
          <StateMark status={marks[level]}>{level}</StateMark>
          <button type="button" class="log-message" aria-expanded={open} onClick={() => this.setState({ open: !open })}>
            {visible(message)}
          </button>
          <span class="log-links">
            {breaker !== null && <a href={hrefOf(['breakers', breaker])}>{breaker}</a>}
            {cid !== null && (
              <a href={hrefOf(['logs'], { cid })} title={`All lines of ${cid}`}>
                {cid.length <= 12 ? cid : `${cid.slice(0, 11)}…`}
              </a>
            )}
          </span>
        </div>
        {open && <Details line={line} />}
      </li>
    );
  }
}

function Details({ line }: Readonly<{ line: LogLine }>) {
  const fields: readonly (readonly [name: string, value: unknown])[] = [
    ['at', line.at],
    ...(line.correlation_id === null ? [] : [['correlation ID', line.correlation_id] as const]),
    ...Object.entries(line.fields),
  ];
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(line));
      notify('Line copied.');
    } catch {
      // The clipboard needs HTTPS.
      notify('This browser doesn’t allow copying here. Select the text and copy it.', { tone: 'warning' });
    }
  };
  return (
    <div class="log-details sunken">
      <DataList
        facts={fields.map(([name, value]) => ({
          name: visible(name),
          value: visible(typeof value === 'string' && value !== '' ? value : JSON.stringify(value)),
        }))}
      />
      <Button size="small" variant="quiet" icon="copy" onClick={() => void copy()}>
        Copy as JSON
      </Button>
    </div>
  );
}

/** Escapes control and direction marks, so that a line can't imitate another one. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (mark) =>
    mark === '\n' || mark === '\t' ? mark : `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
