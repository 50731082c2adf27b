import { rateLimit } from 'dualbrake';

const limit = rateLimit({ name: 'sms', limit: 100, perMs: 1_000, burst: 2, queue: 1 });
const startedAt = performance.now();
const sent = await Promise.allSettled([1, 2, 3, 4].map((id) => limit.execute(() => `message ${id} sent`)));
for (const outcome of sent) console.info(outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason));
console.info(performance.now() - startedAt >= 9 ? 'the third one waited for its turn' : 'nobody waited');
