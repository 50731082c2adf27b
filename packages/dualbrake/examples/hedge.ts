import { hedge } from 'dualbrake';

const replicas = hedge({ delayMs: 10, idempotent: true });
const read = ({ attempt, signal }: { attempt: number; signal: AbortSignal }): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, attempt === 1 ? 5_000 : 5, `answered by attempt ${attempt}`);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });

console.info(await replicas.execute(read));
