import { command, table, versionOf } from '../page.ts';
import { deciders, type Decider } from './deciders.ts';
import { network, scoreOf, undisputed, type Score } from './score.ts';

/** Where the made page is kept. */
export const classifiersFile = new URL('../../docs/compare-classifiers.md', import.meta.url);

/** The comparison as Markdown. */
export async function classifiersPage(today: string): Promise<string> {
  const lines: { readonly decider: Decider; readonly all: Score; readonly net: Score }[] = [];
  for (const decider of deciders) {
    lines.push({ decider, all: await scoreOf(decider, undisputed), net: await scoreOf(decider, network) });
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
    'None of the others says whether the operation got to the server, whether it was applied, or whether the failure says anything about the health of the dependency.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function percent({ right, cases }: Score): string {
  return `${((100 * right) / cases).toFixed(1)} %`;
}
