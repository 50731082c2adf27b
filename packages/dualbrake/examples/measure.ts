import { measure, pipeline, retry } from 'dualbrake';

const callers = measure({ name: 'callers' });
const attempts = measure({ name: 'attempts' });
const read = pipeline('read', [callers, retry({ strategy: 'immediate' }), attempts]);

let calls = 0;
await read.execute(() => {
  calls += 1;
  return calls < 3 ? Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' })) : 'fine';
});
console.info(`callers see ${callers.successRate} of calls succeed`);
console.info('errors by class, per attempt:', attempts.errors);
