import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownSource, type Message } from './source.ts';

/** The browser's part, by hand. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static last: FakeEventSource | undefined;
  readyState = 0;
  constructor() {
    super();
    FakeEventSource.last = this;
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }

  hears(event: string): void {
    this.dispatchEvent(Object.assign(new Event(event), { data: '{}' }));
  }

  breaks({ forGood = false } = {}): void {
    if (forGood) this.readyState = FakeEventSource.CLOSED;
    this.dispatchEvent(new Event('error'));
  }
}
Object.assign(globalThis, { EventSource: FakeEventSource });

function opened(): { stream: FakeEventSource; failures: boolean[]; heard: Message[] } {
  const failures: boolean[] = [];
  const heard: Message[] = [];
  const source = ownSource('/events', {
    heard: (message) => void heard.push(message),
    failed: (refused) => void failures.push(refused),
  });
  source.open();
  const stream = FakeEventSource.last ?? assert.fail('a stream was opened');
  return { stream, failures, heard };
}

test('a stream that breaks is left to the browser once; when that fails it is closed and counts as refused', () => {
  const { stream, failures } = opened();
  stream.hears('hello');
  stream.breaks();
  assert.notEqual(stream.readyState, FakeEventSource.CLOSED);
  stream.breaks();
  assert.equal(stream.readyState, FakeEventSource.CLOSED, 'the browser does not try on for ever');
  assert.deepEqual(failures, [false, true]);
});

test('a stream that comes back may break again', () => {
  const { stream, failures, heard } = opened();
  for (let time = 0; time < 5; time += 1) {
    stream.hears('heartbeat');
    stream.breaks();
  }
  assert.deepEqual(failures, [false, false, false, false, false]);
  assert.equal(heard.length, 5);
});

test('a stream that the browser gives up is refused at once', () => {
  const { stream, failures } = opened();
  stream.breaks({ forGood: true });
  assert.deepEqual(failures, [true]);
});
