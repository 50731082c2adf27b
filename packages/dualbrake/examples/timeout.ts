import { CallTimeoutError, timeout } from 'dualbrake';

const limit = timeout({ limitMs: 20 });
const slow = ({ signal }: { signal: AbortSignal }): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('too late'), 1_000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });

const error: unknown = await limit.execute(slow).catch((caught: unknown) => caught);
console.info(error instanceof CallTimeoutError && error.message);
