/**
 * Draws sentences at random from the pages and from the comments, to be read as a stranger would: `npm run sentences`.
 * The same seed and the same sources give the same sentences.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from 'dualbrake/testing';
import { type Sentence, sentencesInComments, sentencesInTexts, trackedFiles } from './prose.ts';

const help = `Usage: npm run sentences -- [--count N] [--seed N] [--root DIRECTORY]

  --count N          sentences from pages and from comments each (default 20)
  --seed N           the same seed draws the same sentences (default 1)
  --root DIRECTORY   another checkout to draw from (default: this one)
`;

/** Sources with text that is shown to people. */
const pagePattern =
  /^(apps\/driving-school\/(web|contract)|packages\/console\/(ui|kit)|packages\/kit)\/.*(?<!\.test)\.tsx?$/;
/** Without the library. */
const sourcePattern = /^(apps|packages\/(console|kit)|scripts)\/.*\.tsx?$/;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    root: { type: 'string', default: process.cwd() },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(help);
else draw(values.root, Number(values.count), Number(values.seed));

function draw(root: string, count: number, seed: number): void {
  const files = trackedFiles(root);
  const texts = files.filter((file) => pagePattern.test(file)).flatMap((file) => sentencesInTexts(root, file));
  const comments = files.filter((file) => sourcePattern.test(file)).flatMap((file) => sentencesInComments(root, file));
  print('pages', sample(texts, count, seed), texts.length);
  print('comments', sample(comments, count, seed), comments.length);
}

function print(title: string, drawn: readonly Sentence[], total: number): void {
  process.stdout.write(`\n${drawn.length} of ${total} sentences from ${title}\n`);
  for (const { text, file, line } of drawn) process.stdout.write(`- ${text} (${file}:${line})\n`);
}

/** Draws without replacement. */
function sample(sentences: readonly Sentence[], count: number, seed: number): Sentence[] {
  const random = seededRandom(seed);
  const left = [...sentences];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
}
