import { fallback, pipeline } from 'dualbrake';

const copies = new Map([['s-1', 'Ana Costa']]);
const read = pipeline('students.read', [
  fallback({
    chain: [
      () => Promise.reject(new Error('the replica is down too')),
      (_error, { attributes }) => ({ copy: copies.get(String(attributes['id'])) }),
    ],
  }),
]);

const outcome = await read.executeOutcome<string>(
  () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })),
  { attributes: { id: 's-1' } },
);
console.info(outcome.value, outcome.fromFallback ? 'from a fallback' : 'live');
