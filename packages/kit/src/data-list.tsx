import type { ComponentChildren, JSX } from 'preact';
import { hasContent } from './has-content.ts';

/** A name and its value. */
export interface Fact {
  readonly name: string;
  /** An empty value (`undefined`, `null`, `false` or empty text) is shown as “Not recorded”. */
  readonly value: ComponentChildren;
}

/** Facts about one thing, each name beside its value; in a narrow box the value is below the name. */
export function DataList({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="data-list">
      {facts.map(({ name, value }) => {
        const empty = !hasContent(value);
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
