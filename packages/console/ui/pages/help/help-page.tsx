import { useEffect, useRef } from 'preact/hooks';
import { Button, Card, EmptyState } from '@dualbrake/kit';
import { hrefOf, route, setQuery } from '../../live/router.ts';
import type { PageProps } from '../../pages.ts';
import { SearchFilter } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { StateMark } from '../../parts/status.tsx';
import { formulas, glossary } from '../../words/glossary.ts';
import { breakerStatuses, type Status } from '../../words/words.ts';

const statuses: readonly Status[] = [
  ...Object.values(breakerStatuses),
  { label: 'No report: out of date, or still running', shape: 'hourglass', tone: 'warning' },
];

export function HelpPage({ rest: [wanted] }: PageProps) {
  const q = (route.value.query.get('q') ?? '').toLowerCase();
  const groups = Object.entries<Readonly<Record<string, string>>>(glossary)
    .map(([group, terms]) => ({
      group,
      terms: Object.entries(terms).filter((entry) => entry.join(' ').toLowerCase().includes(q)),
    }))
    .filter(({ terms }) => terms.length > 0);
  return (
    <Page title="Glossary" description="The terms and numbers of this console.">
      <div class="filter-bar row">
        <SearchFilter label="Search the glossary" placeholder="Term" />
      </div>
      {q === '' && (
        <Card title="Shapes">
          <ul class="legend row">
            {statuses.map((status) => (
              <li key={status.label}>
                <StateMark status={status} />
              </li>
            ))}
          </ul>
        </Card>
      )}
      {groups.length === 0 && (
        <EmptyState title="No matches" actions={<Button onClick={() => setQuery({ q: '' })}>Show all</Button>}>
          The glossary has no entry for “{q}”.
        </EmptyState>
      )}
      {groups.map(({ group, terms }) => (
        <Card key={group} title={group} flush>
          <dl class="data-list">
            {terms.map(([term, explanation]) => (
              <GlossaryEntry key={term} term={term} explanation={explanation} isWanted={term === wanted} />
            ))}
          </dl>
        </Card>
      ))}
    </Page>
  );
}

type EntryProps = Readonly<{ term: string; explanation: string; isWanted: boolean }>;

function GlossaryEntry({ term, explanation, isWanted }: EntryProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isWanted) element.current?.scrollIntoView({ block: 'center' });
  }, [isWanted]);
  return (
    <div ref={element} class={isWanted ? 'sunken' : undefined}>
      <dt>
        <a href={hrefOf(['help', term])}>{term}</a>
      </dt>
      <dd>
        {explanation}
        {term in formulas && <code class="formula">{formulas[term]}</code>}
      </dd>
    </div>
  );
}
