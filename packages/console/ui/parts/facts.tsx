import type { ComponentChildren } from 'preact';
import type { TermName } from '../words/glossary.ts';
import { Term } from './term.tsx';

/** A number with its name. */
export interface NamedNumber {
  readonly name: string;
  readonly term?: TermName;
  readonly value: ComponentChildren;
}

/** Small numbers in a row, each with its name, which explains itself. */
export function Facts({ facts }: { readonly facts: readonly NamedNumber[] }) {
  if (facts.length === 0) return null;
  return (
    <dl class="status-facts">
      {facts.map(({ name, term, value }) => (
        <div key={name}>
          <dt>{term === undefined ? name : <Term term={term}>{name}</Term>}</dt>
          <dd class="numbers">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The few numbers of a page that are read first. */
export function Figures({
  figures,
}: {
  readonly figures: readonly (NamedNumber & { readonly note?: ComponentChildren })[];
}) {
  return (
    <dl class="figures">
      {figures.map(({ name, term, value, note }) => (
        <div key={name}>
          <dt>{term === undefined ? name : <Term term={term}>{name}</Term>}</dt>
          <dd class="numbers">{value}</dd>
          {note !== undefined && <dd class="figure-note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
