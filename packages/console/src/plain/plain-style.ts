import { createHash } from 'node:crypto';

/** Small enough to be inlined. */
export const style = `
:root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --warning: #8a5a00; --good: #1b6e3c; --quiet: #5c6066; --accent: #2855c5; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warning: #f5c26b; --good: #7fd8a0; --quiet: #a9aeb5; --accent: #3d66d6; } }
html { background: Canvas; color: CanvasText; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
.verdict { font-size: 1.125rem; font-weight: 600; border-inline-start: .25rem solid; padding-inline-start: .75rem; }
.good { color: var(--good); } .warning { color: var(--warning); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .5rem .75rem .5rem 0; border-block-end: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
td[data-label="For"] { white-space: nowrap; }
form { max-width: 34rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, select, button { font: inherit; padding: .5rem .75rem; box-sizing: border-box; }
input { width: 100%; }
button { margin-block: 1.25rem .5rem; min-height: 2.75rem; }
.note { color: var(--quiet); }
.verdict, td[data-label="Why"] { overflow-wrap: anywhere; }
td[data-label="Why"] { min-width: 12rem; }
.person { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; margin-block-end: 1rem; padding-block-end: .75rem; border-block-end: 1px solid var(--line); }
.person > :first-child { margin-inline-end: auto; overflow-wrap: anywhere; }
.person a { padding-block: .25rem; }
.person button { margin: 0; }
.gate { max-width: 34rem; margin: 0 auto; padding-block-start: 2rem; }
.ways { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; margin-block: 1.5rem; }
.ways a { padding-block: .5rem; }
.ways a:first-child { padding-inline: 1rem; border-radius: .375rem; background: var(--accent); color: #fff; text-decoration: none; }
.ways button { margin: 0; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
@media (max-width: 50rem) {
  thead { display: none; }
  tr { display: block; border-block-end: 1px solid var(--line); padding-block: .5rem; }
  td, td[data-label="Why"] { display: block; min-width: 0; border: 0; padding: .125rem 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-label) ": "; color: var(--quiet); }
}
`;

const hash = createHash('sha256').update(style).digest('base64');

/** Allows only this style, and forms to the same origin. */
export const plainPolicy =
  `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'self'; ` +
  `frame-ancestors 'none'`;
