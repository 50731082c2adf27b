import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownSource, type Message } from './source.ts';

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

  emit(event: string): void {
    this.dispatchEvent(Object.assign(new Event(event), { data: '{}' }));
  }

  fail({ forGood = false } = {}): void {
    if (forGood) this.readyState = FakeEventSource.CLOSED;
    this.dispatchEvent(new Event('error'));
  }
}
Object.assign(globalThis, { EventSource: FakeEventSource });

function opened(): { stream: FakeEventSource; failures: boolean[]; received: Message[] } {
  const failures: boolean[] = [];
  const received: Message[] = [];
  const source = ownSource('/events', {
    receive: (message) => void received.push(message),
    fail: (refused) => void failures.push(refused),
  });
  source.open();
  const stream = FakeEventSource.last ?? assert.fail('a stream was opened');
  return { stream, failures, received };
}

test('the browser may reconnect an interrupted stream once; when that fails the stream is closed as refused', () => {
  const { stream, failures } = opened();
  stream.emit('hello');
  stream.fail();
  assert.notEqual(stream.readyState, FakeEventSource.CLOSED);
  stream.fail();
  assert.equal(stream.readyState, FakeEventSource.CLOSED, 'the browser stops retrying');
  assert.deepEqual(failures, [false, true]);
});

test('a stream that recovers may be interrupted again', () => {
  const { stream, failures, received } = opened();
  for (let time = 0; time < 5; time += 1) {
    stream.emit('heartbeat');
    stream.fail();
  }
  assert.deepEqual(failures, [false, false, false, false, false]);
  assert.equal(received.length, 5);
});

test('a stream that the browser gives up on is refused at once', () => {
  const { stream, failures } = opened();
  stream.fail({ forGood: true });
  assert.deepEqual(failures, [true]);
});
