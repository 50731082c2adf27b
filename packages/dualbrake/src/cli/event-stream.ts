/** One event of a stream, as `text/event-stream` writes it. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** A line that is longer is no event of ours. */
const LENGTH_MAX = 16_000_000;

/** Reads events one after the other; what comes only in part is not told. @throws what reading throws */
export async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > LENGTH_MAX) throw new RangeError('an event is too long');
    for (;;) {
      const end = /\r?\n\r?\n/.exec(rest);
      if (end === null) break;
      const block = rest.slice(0, end.index);
      rest = rest.slice(end.index + end[0].length);
      yield eventOf(block);
    }
  }
}

function eventOf(block: string): StreamEvent {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id') id = value;
  }
  return { event, data: data.join('\n'), id };
}
