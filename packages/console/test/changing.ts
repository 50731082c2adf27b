import { writeSync } from 'node:fs';
import { consoleKit } from '../src/testing/console-kit.ts';

/** Makes numbered changes from `first` on, prints the number of each that was answered, and runs until it is killed. */
const [path = '', first = '0', last = '0'] = process.argv.slice(2);
const kit = consoleKit({ store: { path } });

const { incidents } = await kit.get<{ incidents: { number: number }[] }>('incidents');
if (incidents.length === 0) {
  await kit.fail(kit.database);
  await kit.fail(kit.database);
}
writeSync(1, 'ready\n');

for (let number = Number(first); number < Number(last); number += 1) {
  const reason = `change ${number}`;
  const key = { 'idempotency-key': reason };
  const response = await [
    () =>
      kit.order(
        'PATCH',
        'config',
        { settings: { 'letters.mail': { failureThreshold: 3 + (number % 50) } }, reason },
        { ...key, 'if-match': '*' },
      ),
    () => kit.order('PUT', 'breakers/letters.mail/override', { mode: 'isolated', reason }, key),
    () => kit.order('POST', 'incidents/1/notes', { note: reason }, key),
    () => kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason }, key),
  ][number % 4]!();
  if (!response.ok) throw new Error(`${reason} was answered with ${response.status}: ${await response.text()}`);
  writeSync(1, `${number}\n`);
}
writeSync(1, 'done\n');
