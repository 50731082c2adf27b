import type { ComponentChildren } from 'preact';
import { settingName, settingValue } from '../words/setting-words.ts';
import { isTerm, type TermName } from '../words/glossary.ts';
import { Term } from './term.tsx';

export interface NamedNumber {
  readonly name: string;
  /** Default: the name, if the glossary has it. */
  readonly term?: TermName;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
}

/** Small numbers in a row, each with its name. */
export function Facts({ facts }: Readonly<{ facts: readonly NamedNumber[] }>) {
  return facts.length === 0 ? null : <Numbers class="status-facts row" numbers={facts} />;
}

/** The main numbers of a page. */
export function Figures({ figures }: Readonly<{ figures: readonly NamedNumber[] }>) {
  return <Numbers class="figures" numbers={figures} />;
}

/** Facts below each other, each name beside its value. */
export function Details({ facts }: Readonly<{ facts: readonly NamedNumber[] }>) {
  return <Numbers class="data-list" numbers={facts} />;
}

/** Links in a sentence, separated by commas; without links, `none`. */
export function Links({ links, none = '' }: Readonly<{ links: readonly Link[]; none?: string }>) {
  return links.length === 0
    ? none
    : links.map(({ href, name }, index) => (
        <span key={href}>
          {index > 0 && ', '}
          <a href={href}>{name}</a>
        </span>
      ));
}

interface Link {
  readonly href: string;
  readonly name: string;
}

/** Settings as the breaker or retry uses them now. */
export function SettingFacts({ settings }: Readonly<{ settings: Readonly<Record<string, number>> }>) {
  const facts = Object.entries(settings).map(([setting, value]) => ({
    name: settingName(setting, settings),
    value: settingValue(setting, value),
  }));
  return <Facts facts={facts} />;
}

function Numbers({ class: name, numbers }: Readonly<{ class: string; numbers: readonly NamedNumber[] }>) {
  return (
    <dl class={name}>
      {numbers.map(({ name: label, term = isTerm(label) ? label : undefined, value, note }) => (
        <div key={label}>
          <dt>{term === undefined ? label : <Term term={term}>{label}</Term>}</dt>
          <dd class="numbers">{value}</dd>
          {Boolean(note) && <dd class="figure-note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
