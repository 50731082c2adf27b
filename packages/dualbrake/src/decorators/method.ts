import type { Pipeline } from '../pipeline.ts';
import { rejected } from '../rejected.ts';

/**
 * A method that can be decorated: it returns a promise, or it is an async generator (`async *list()`). A getter or a
 * synchronous method does not compile.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- ClassMethodDecoratorContext demands just this
export type AsyncMethod<This = any> = (
  this: This,
  // oxlint-disable-next-line typescript/no-explicit-any -- any parameters
  ...args: any
) => Promise<unknown> | AsyncGenerator<unknown, void, undefined>;

/** A method at run time. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What guards a method: a pipeline, or a policy on its own. */
export type Guard = Pick<Pipeline<unknown>, 'execute' | 'executeStream'>;

/** Runs a method. Errors are rejections: also of finding out what guards it. */
export type Runner = (find: () => Guard, self: unknown, args: unknown[]) => unknown;

/**
 * Returns how to run a method: an async generator until its iteration ends, any other method until its promise settles.
 *
 * @throws TypeError for a synchronous generator, whose items can't be awaited
 */
export function runnerOf(method: Method, key: string | symbol): Runner {
  const tag = Object.prototype.toString.call(method);
  if (tag === '[object GeneratorFunction]') {
    throw new TypeError(
      `The decorators of dualbrake go on methods that return a promise or are async generators, but "${String(key)}" is a synchronous generator. Write it as async *${String(key)}().`,
    );
  }
  if (tag === '[object AsyncGeneratorFunction]') {
    return (find, self, args) => {
      try {
        return find().executeStream(() => method.apply(self, args) as AsyncIterable<unknown>);
      } catch (error) {
        return failing(error);
      }
    };
  }
  return (find, self, args) => {
    try {
      return find().execute(() => checked(method.apply(self, args), key));
    } catch (error) {
      return rejected(error);
    }
  };
}

/** @throws TypeError for a result whose work would only start after the guarded call */
function checked(answer: unknown, key: string | symbol): unknown {
  if (answer instanceof Promise || typeof answer !== 'object' || answer === null) return answer;
  const { then, next, subscribe, pipe } = answer as Readonly<Record<string, unknown>>;
  if (typeof then === 'function') return answer;
  const isIterator = Symbol.asyncIterator in answer || Symbol.iterator in answer;
  if (typeof next === 'function' && isIterator) {
    throw new TypeError(
      `"${String(key)}" returned an iterator, whose items would not be guarded. Compile async generators for ES2018 or later, or call pipeline.executeStream() in the method.`,
    );
  }
  if (typeof subscribe === 'function' && typeof pipe === 'function') {
    throw new TypeError(
      `"${String(key)}" returned an Observable, whose work would not be guarded. Return a promise, as by lastValueFrom() of rxjs.`,
    );
  }
  return answer;
}

/** Items of which there are none, because of an error. */
async function* failing(error: unknown): AsyncGenerator<never, void, undefined> {
  yield await rejected(error);
}
