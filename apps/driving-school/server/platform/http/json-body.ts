import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problems.ts';

/** Requests of the application are at most 5 levels deep. Recursive readers must not exhaust the stack. */
const depthMax = 32;
/** Requests of the application have at most 100 values. Validating tens of thousands would block the event loop. */
const valuesMax = 2_000;

const quote = 0x22;
const backslash = 0x5c;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);
const comma = 0x2c;

type Done = (error: Error | null, body?: unknown) => void;

/** Parses JSON bodies. Refuses invalid JSON, prototype poisoning, deep nesting and too many values. */
export function jsonParser(app: FastifyInstance): (request: FastifyRequest, body: string, done: Done) => void {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (request, body, done) => {
    const problem = excessOf(body);
    if (problem === undefined) void parse(request, body, done);
    else done(problem);
  };
}

/** Counts levels and values in the text, which need not be valid JSON. */
function excessOf(json: string): ProblemError | undefined {
  let depth = 0;
  let values = 1;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (isText) {
      if (code === backslash) at += 1;
      else if (code === quote) isText = false;
    } else if (code === quote) isText = true;
    else if (code === comma) {
      values += 1;
      if (values > valuesMax) return excess('too_many_values', `The JSON has more than ${valuesMax} values.`);
    } else if (opening.has(code)) {
      depth += 1;
      if (depth > depthMax) {
        return excess('too_deep', `The JSON has more than ${depthMax} levels of arrays and objects.`);
      }
    } else if (closing.has(code)) depth -= 1;
  }
  return undefined;
}

function excess(code: string, detail: string): ProblemError {
  return new ProblemError({ status: 400, code, title: 'The JSON is too large', detail });
}
