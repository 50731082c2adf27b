import { keyedBreakers } from 'dualbrake';

const hosts = keyedBreakers({ name: 'hosts', failureThreshold: 1, maxKeys: 1_000 });
const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));

await hosts.execute(down, { key: 'a.example' }).catch(() => undefined);
await hosts.execute(() => 'never called', { key: 'a.example' }).catch((error: Error) => console.info(error.name));
console.info(await hosts.execute(() => 'b.example still answers', { key: 'b.example' }));
