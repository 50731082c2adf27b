import type { ComponentChildren, JSX } from 'preact';

/** One fact: its name, and what is known. Nothing known is shown as a dash with words for screen readers. */
export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

/** The facts of one thing, name beside value; on a phone one above the other. */
export function DataList({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="data-list">
      {facts.map(({ name, value }) => {
        const empty = value === null || value === undefined || value === '';
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={empty ? 'is-empty' : undefined}>{empty ? 'Not recorded' : value}</dd>
          </div>
        );
      })}
    </dl>
  );
}
