import { fork } from 'node:child_process';
import type { Orders } from './child.ts';

/** Has an order carried out by a process of its own. @throws Error when it dies without an answer */
export function inOwnProcess<K extends keyof Orders>(
  kind: K,
  order: Orders[K]['order'],
  nodeOptions: readonly string[] = [],
): Promise<Orders[K]['answer']> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('child.ts', import.meta.url), { execArgv: [...process.execArgv, ...nodeOptions] });
    child.once('message', (answer) => resolve(answer as Orders[K]['answer']));
    child.once('error', reject);
    // After an answer this comes too late to matter.
    child.once('exit', (code) => reject(new Error(`The measuring process ended with ${code} and without an answer.`)));
    child.send({ kind, order });
  });
}
