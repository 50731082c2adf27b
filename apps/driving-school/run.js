/**
 * Starts the built program or one of its commands: `node apps/driving-school/run.js main`. JavaScript, because it must be
 * able to say that nothing has been built.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const built = join(import.meta.dirname, 'dist/server');
const [name = ''] = process.argv.splice(2, 1);

const problem = existsSync(join(built, `${name}.js`))
  ? (await import('./dist/server/build-state.js')).buildProblem(root)
  : 'The program has not been built: npm run build.';
if (problem === undefined) {
  enableCompileCache(join(built, '.compile-cache'));
  await import(`./dist/server/${name}.js`);
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
