import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { writtenInPieces } from './large-answer.ts';
import { testHttp } from './testing/test-http.ts';

const schema = z.object({
  data: z.object({ lessons: z.array(z.object({ id: z.string(), note: z.string().nullable() })), count: z.int() }),
  names: z.array(z.string()),
  next: z.string().optional(),
  as_of: z.string(),
});
const lessons = Array.from({ length: 50 }, (_, index) => ({ id: `Zoé “${index}”`, note: null, secret: 'x' }));
const answer = { data: { lessons, count: 50, secret: 'x' }, names: [], as_of: 'now', secret: 'x' };

async function answers(payload: object) {
  const app = testHttp();
  const response = { 200: schema };
  const handler = async () => payload as z.infer<typeof schema>;
  app.get('/api/whole', { config: { access: 'anyone' }, schema: { response } }, handler);
  const preSerialization = writtenInPieces(schema);
  app.get('/api/pieces', { config: { access: 'anyone' }, preSerialization, schema: { response } }, handler);
  const [whole, pieces] = await Promise.all(['/api/whole', '/api/pieces'].map((url) => app.inject(url)));
  await app.close();
  return { whole: whole ?? assert.fail(), pieces: pieces ?? assert.fail() };
}

test('an answer written in pieces is the same as a whole one: only members of the schema, in its order', async () => {
  const { whole, pieces } = await answers(answer);
  assert.equal(whole.statusCode, 200);
  assert.equal(pieces.body, whole.body);
  assert.deepEqual(pieces.headers['content-type'], whole.headers['content-type']);
  assert.doesNotMatch(pieces.body, /secret/);
});

test('an answer that does not match its schema is not sent', async () => {
  const { whole, pieces } = await answers({ ...answer, names: [1] });
  assert.deepEqual([whole.statusCode, pieces.statusCode], [500, 500]);
});
