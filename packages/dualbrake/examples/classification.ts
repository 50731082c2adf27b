import { classify, createClassifier, retry } from 'dualbrake';

const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01', severity: 'ERROR' });
const busy = new Response(null, { status: 429, headers: { 'retry-after': '3' } });
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
for (const error of [deadlock, busy, new TypeError('fetch failed', { cause: refused }), new TypeError('a bug')]) {
  const { rule, class: kind, retryable, countsAgainstBreaker, reachedServer, retryAfterMs } = classify(error);
  console.info(`${rule}: ${kind}, retry: ${retryable}, counts: ${countsAgainstBreaker}, sent: ${reachedServer}`);
  if (retryAfterMs !== undefined) console.info(`  retry after ${retryAfterMs} ms`);
}

// One line for each error of your own. Rows of the table can be changed, even at run time.
const classifier = createClassifier({
  rules: [{ when: 'E_CALENDAR_BUSY', verdict: { class: 'transient', retryable: true } }],
  overrides: { 'postgres.class-23': { countsAgainstBreaker: true } },
});
classifier.override('http.404', { class: 'transient', retryable: true });
const read = retry({ classify: classifier });
console.info(`${read.name}: 404 is ${classifier(Object.assign(new Error('Not Found'), { status: 404 })).class}`);
