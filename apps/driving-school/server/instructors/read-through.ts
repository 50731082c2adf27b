import type { Pipeline } from 'dualbrake';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** Reads through a pipeline. Refusals pass it as values: it would count errors as failures of the database. */
export async function readThrough<T>(
  pipeline: Pipeline,
  read: () => Promise<T>,
  context: RequestContext | undefined,
): Promise<T> {
  const result = await pipeline.execute(async () => {
    try {
      return { value: await read() };
    } catch (error) {
      if (error instanceof RefusalError) return { refusal: error };
      throw error;
    }
  }, context);
  if ('refusal' in result) throw result.refusal;
  return result.value;
}
