import { pipeline, retry, staleCache } from 'dualbrake';

const read = pipeline('students.read', [
  staleCache<string>({ key: ({ attributes }) => String(attributes['id']), maxEntries: 500, maxAgeMs: 3_600_000 }),
  retry({ strategy: 'immediate' }),
]);
const context = { attributes: { id: 's-1' } };

console.info(await read.execute(() => 'Ana Costa', context));
const answer = await read.execute(
  () => Promise.reject<string>(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })),
  context,
);
if (typeof answer === 'object') console.info(`${answer.value}, as of ${answer.ageMs < 1_000 ? 'just now' : 'earlier'}`);
