import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hrefOf } from '../live/router.ts';
import { explain, formulas, type TermName } from '../words/glossary.ts';

interface Shown {
  readonly term: TermName;
  readonly id: string;
  readonly anchor: DOMRect;
}

const shown = signal<Shown | undefined>(undefined);
let leaving: ReturnType<typeof setTimeout> | undefined;
let lastId = 0;

function show(term: TermName, id: string, element: Element): void {
  clearTimeout(leaving);
  shown.value = { term, id, anchor: element.getBoundingClientRect() };
}

/** Delayed, so that the pointer can reach the explanation. */
function leave(): void {
  clearTimeout(leaving);
  leaving = setTimeout(() => (shown.value = undefined), 150);
}

/** A term with its explanation on hover and focus, linked to the glossary. */
export function Term({ term, children }: Readonly<{ term: TermName; children?: ComponentChildren }>) {
  const id = useRef('');
  if (id.current === '') id.current = `term-${(lastId += 1)}`;
  const isShown = shown.value?.id === id.current;
  return (
    <a
      class="term"
      href={hrefOf(['help', term])}
      aria-describedby={isShown ? `${id.current}-tip` : undefined}
      onMouseEnter={(event) => show(term, id.current, event.currentTarget)}
      onMouseLeave={leave}
      onFocus={(event) => {
        if (event.currentTarget.matches(':focus-visible')) show(term, id.current, event.currentTarget);
      }}
      onBlur={leave}
    >
      {children ?? term}
    </a>
  );
}

/** The explanation of the current term. Render it once per page. */
export function TermTip() {
  const tip = useRef<HTMLDivElement>(null);
  const now = shown.value;
  useEffect(() => {
    if (now === undefined) return undefined;
    const close = (): void => {
      shown.value = undefined;
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') close();
    };
    document.addEventListener('keydown', onKey);
    addEventListener('scroll', close, { capture: true, passive: true });
    addEventListener('hashchange', close);
    return () => {
      document.removeEventListener('keydown', onKey);
      removeEventListener('scroll', close, { capture: true });
      removeEventListener('hashchange', close);
    };
  }, [now]);
  useEffect(() => {
    const element = tip.current;
    if (element === null || now === undefined) return;
    const { width, height } = element.getBoundingClientRect();
    const below = now.anchor.bottom + 6;
    const fits = below + height <= innerHeight;
    element.style.left = `${Math.max(8, Math.min(now.anchor.left, innerWidth - width - 8))}px`;
    element.style.top = `${fits ? below : Math.max(8, now.anchor.top - height - 6)}px`;
    element.style.visibility = 'visible';
  }, [now]);
  if (now === undefined) return null;
  const formula = formulas[now.term];
  return (
    <div
      key={now.id}
      ref={tip}
      class="term-tip"
      id={`${now.id}-tip`}
      role="tooltip"
      onMouseEnter={() => clearTimeout(leaving)}
      onMouseLeave={leave}
    >
      <strong>{now.term}</strong>
      <p>{explain(now.term)}</p>
      {formula !== undefined && <code class="formula">{formula}</code>}
    </div>
  );
}
