import './help.css';
import { useEffect, useRef } from 'preact/hooks';
import { Card, EmptyState, SearchField, StatusMark, Button } from '@dualbrake/kit';
import type { PageProps } from '../../page-props.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { Page } from '../../parts/page.tsx';
import { glossary, type Explanation } from '../../words/glossary.ts';
import { shapeLegend } from './shape-legend.ts';

const groups: readonly Explanation['group'][] = [
  'States',
  'Actions',
  'Numbers',
  'Retries',
  'Errors',
  'Incidents',
  'Settings',
  'This console',
];

/** Every state and number in one sentence. */
export function HelpPage({ rest }: PageProps) {
  const [wanted] = rest;
  const q = (place.value.query.get('q') ?? '').toLowerCase();
  const entries = Object.entries<Explanation>(glossary).filter(
    ([, { title, sentence }]) => q === '' || `${title} ${sentence}`.toLowerCase().includes(q),
  );
  return (
    <Page title="Glossary" description="What the terms and numbers in this console mean.">
      <div class="filter-bar">
        <SearchField
          label="Search the glossary"
          placeholder="Word"
          value={place.value.query.get('q') ?? ''}
          onInput={(next) => setQuery({ q: next })}
        />
      </div>
      {q === '' && (
        <Card title="Shapes">
          <ul class="legend">
            {shapeLegend.map(({ shape, tone, word, meaning }) => (
              <li key={word}>
                <StatusMark shape={shape} tone={tone}>
                  {word}
                </StatusMark>
                <span class="muted">{meaning}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {entries.length === 0 && (
        <EmptyState title="No matches" actions={<Button onClick={() => setQuery({ q: '' })}>Show all</Button>}>
          Nothing in the glossary has “{q}”.
        </EmptyState>
      )}
      {groups.map((group) => {
        const terms = entries.filter(([, entry]) => entry.group === group);
        return terms.length === 0 ? null : (
          <Card key={group} title={group} flush>
            <dl class="glossary">
              {terms.map(([term, entry]) => (
                <GlossaryEntry key={term} term={term} entry={entry} isWanted={term === wanted} />
              ))}
            </dl>
          </Card>
        );
      })}
    </Page>
  );
}

function GlossaryEntry({
  term,
  entry,
  isWanted,
}: {
  readonly term: string;
  readonly entry: Explanation;
  readonly isWanted: boolean;
}) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isWanted) element.current?.scrollIntoView({ block: 'center' });
  }, [isWanted]);
  return (
    <div ref={element} data-wanted={isWanted ? '' : undefined}>
      <dt>
        <a href={hrefOf(['help', term])}>{entry.title}</a>
      </dt>
      <dd>
        {entry.sentence}
        {entry.formula !== undefined && <code class="glossary-formula">{entry.formula}</code>}
      </dd>
    </div>
  );
}
