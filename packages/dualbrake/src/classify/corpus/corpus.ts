/** Thrown values, each with what is right to say of it. */
import { readFileSync } from 'node:fs';
import type { Classification, ClassifyContext } from '../../classification.ts';
import { revive, reviveContext, type Described, type DescribedContext } from './revive.ts';

/** What is right. Without `retryAfterMs` there must be none. */
export type Expected = Pick<Classification, 'class' | 'retryable' | 'countsAgainstBreaker' | 'reachedServer'> &
  Partial<Pick<Classification, 'retryAfterMs' | 'applied'>>;

interface Written {
  readonly id: string;
  readonly source: string;
  readonly error: Described;
  readonly context?: DescribedContext;
  readonly expect: Expected;
  /** Fields that reasonable people may see otherwise. */
  readonly soft?: readonly (keyof Expected)[];
  /** The whole case is one on which reasonable people differ. */
  readonly disputed?: boolean;
}

/** A case of the corpus, ready to be asked. */
export interface Case {
  readonly id: string;
  readonly source: string;
  readonly expected: Expected;
  readonly soft: ReadonlySet<keyof Expected>;
  readonly disputed: boolean;
  /** Makes the thrown value, and what is known of the call, anew. */
  make(): { readonly error: unknown; readonly context: ClassifyContext };
}

/** 546 cases from 25 sources, labelled before the rules were written. */
export const corpus = casesOf('cases.json');

/** 354 more, made with real clients in the field, labelled before the rules for them were written. */
export const fieldCases = casesOf('field.json');

/** Further ones, written with the rules: what a rule is for beyond the corpus, so that nobody loses it. */
export const ownCases = casesOf('own-cases.json');

function casesOf(file: string): readonly Case[] {
  const written = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Written[];
  return written.map(({ id, source, error, context, expect, soft, disputed }) => ({
    id,
    source,
    expected: expect,
    soft: new Set(soft),
    disputed: disputed === true,
    make: () => {
      const thrown = revive(error);
      return { error: thrown, context: reviveContext(context ?? {}, thrown) };
    },
  }));
}
