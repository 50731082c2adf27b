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
    const text = new EncodedText();
    await runInSlices(write(schema, payload, text, { method, url }), recovery.signal);
    const bytes = text.end();
    // Fastify sends bytes as well as text, which its type does not say.
    reply.serializer(() => bytes as unknown as string);
    return payload;
  };
}

interface Route {
  readonly method: string;
  readonly url: string;
}

function* write(schema: unknown, value: unknown, text: EncodedText, route: Route): Steps<void> {
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    let separator = '{';
    for (const [name, member] of Object.entries(schema.shape)) {
      const part: unknown = Reflect.get(value, name);
      // As in JSON.stringify, members without a value are left out. Checking says whether they may be.
      if (part === undefined) checked(member, part, route);
      else {
        text.add(`${separator}${JSON.stringify(name)}:`);
        yield* write(member, part, text, route);
        separator = ',';
      }
    }
    text.add(separator === '{' ? '{}' : '}');
  } else if (schema instanceof z.ZodArray && Array.isArray(value)) {
    text.add('[');
    for (const [index, item] of value.entries()) {
      yield;
      text.add(`${index === 0 ? '' : ','}${JSON.stringify(checked(schema.element, item, route))}`);
    }
    text.add(']');
  } else text.add(JSON.stringify(checked(schema, value, route)));
}

function checked(schema: unknown, value: unknown, { method, url }: Route): unknown {
  const result = z.safeEncode(schema as z.ZodType, value);
  if (!result.success) throw new ResponseSerializationError(method, url, { cause: result.error });
  return result.data;
}

/** A text as bytes. Encoding ten megabytes at the end would be one long step. */
class EncodedText {
  readonly #done: Buffer[] = [];
  #text = '';

  add(text: string): void {
    this.#text += text;
    if (this.#text.length < 65_536) return;
    this.#done.push(Buffer.from(this.#text));
    this.#text = '';
  }

  end(): Buffer {
    return Buffer.concat([...this.#done, Buffer.from(this.#text)]);
  }
}
