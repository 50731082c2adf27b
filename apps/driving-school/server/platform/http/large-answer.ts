import { setImmediate as nextTurn } from 'node:timers/promises';
import type { preSerializationAsyncHookHandler } from 'fastify';
import { ResponseSerializationError } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Steps } from '../../../contract/booking/steps.ts';
import { runInSlices } from '../event-loop-yielder.ts';

/**
 * A `preSerialization` hook for routes with large answers: checks and writes a successful answer list item by list item,
 * without blocking the event loop. The answer is the same as without the hook.
 *
 * @param schema that of the answer
 */
export function writtenInPieces(schema: z.ZodObject): preSerializationAsyncHookHandler {
  return async ({ method, url, recovery }, reply, payload) => {
    if (reply.statusCode !== 200) return payload;
    // Creating the answer has taken a slice already.
    await nextTurn();
    const text = await runInSlices(jsonSteps(schema, payload, { method, url }), recovery.signal);
    reply.serializer(() => text ?? '');
    return payload;
  };
}

function* jsonSteps(
  schema: unknown,
  value: unknown,
  route: { readonly method: string; readonly url: string },
): Steps<string | undefined> {
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    const members: string[] = [];
    for (const [name, member] of Object.entries(schema.shape)) {
      const text = yield* jsonSteps(member, Reflect.get(value, name), route);
      // As in JSON.stringify, members without a value are left out.
      if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
    }
    return `{${members.join()}}`;
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    const items: (string | undefined)[] = [];
    for (const item of value) {
      yield;
      items.push(textOf(schema.element, item, route));
    }
    return `[${items.join()}]`;
  }
  return textOf(schema, value, route);
}

function textOf(
  schema: unknown,
  value: unknown,
  { method, url }: { readonly method: string; readonly url: string },
): string | undefined {
  const checked = z.safeEncode(schema as z.ZodType, value);
  if (!checked.success) throw new ResponseSerializationError(method, url, { cause: checked.error });
  const text: string | undefined = JSON.stringify(checked.data);
  return text;
}
