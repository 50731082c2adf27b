import { command, table, versionOf } from '../page.ts';
import { fieldCases } from '../../src/classify/corpus/corpus.ts';
import { deciders, type Decider } from './deciders.ts';
import { field, network, scoreOf, undisputed, type Score } from './score.ts';

const fieldCount = fieldCases.length;

/** Where the made page is kept. */
export const classifiersFile = new URL('../../docs/compare-classifiers.md', import.meta.url);

interface Line {
  readonly decider: Decider;
  readonly all: Score;
  readonly net: Score;
  readonly real: Score;
}

/** The comparison as Markdown. */
export async function classifiersPage(today: string): Promise<string> {
  const lines: Line[] = [];
  for (const decider of deciders) {
    lines.push({
      decider,
      all: await scoreOf(decider, undisputed),
      net: await scoreOf(decider, network),
      real: await scoreOf(decider, field),
    });
  }
  lines.sort((one, other) => other.all.right - one.all.right);
  const known = deciders.flatMap((decider) => (decider.package === undefined ? [] : [decider.package]));
  const sections = [
    '# Retry or not: what others decide',
    `The ${undisputed.length} undisputed cases of the corpus that the classifier is tested with, and among them the ${network.length} of HTTP and the network. Each library is asked for a GET in its own way, with its defaults; a status is put where it looks for one. The labels are ours, and most of these libraries were made for a narrower job: read it as coverage, not as quality. dualbrake was written with these cases at hand; theirs were not.`,
    `Written by \`${command}\` from \`compare/classifiers/\`, never by hand. ${today}; ${known.map((name) => `${name} ${versionOf(name)}`).join(', ')}; Node ${process.versions.node}.`,
    table(
      [
        '',
        'asked',
        'right',
        'wrongly retried',
        'missed',
        'threw',
        'right, HTTP and network',
        'wrongly retried',
        'missed',
      ],
      lines.map(({ decider, all, net }) => [
        decider.name,
        decider.asked,
        percent(all),
        ...[all.wronglyRetried, all.missed, all.threw].map(String),
        percent(net),
        ...[net.wronglyRetried, net.missed].map(String),
      ]),
    ),
    '## Errors from the field',
    `The ${field.length} undisputed of another ${fieldCount} cases: errors that real clients threw against real or scripted servers (PostgreSQL, MariaDB, Redis, NATS, Prisma, SDKs), labelled before rules for them were written. Asked in the same way; the same reservations hold.`,
    table(
      ['', 'right', 'wrongly retried', 'missed', 'threw'],
      [...lines]
        .sort((one, other) => other.real.right - one.real.right)
        .map(({ decider, real }) => [
          decider.name,
          percent(real),
          ...[real.wronglyRetried, real.missed, real.threw].map(String),
        ]),
    ),
    'None of the others says whether the operation got to the server, whether it was applied, or whether the failure says anything about the health of the dependency.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function percent({ right, cases }: Score): string {
  return `${((100 * right) / cases).toFixed(1)} %`;
}
