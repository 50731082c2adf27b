import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listSurface, remakeListing, writtenListing } from './api.ts';
import { parseDeclarations } from './declarations.ts';
import { entries } from './library.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

const folder = temporaryFolder();
before(() => stagePackage(folder.path));
after(() => folder.remove());

test('api.md lists the public surface as it is', async () => {
  const listing = await listSurface(folder.path);

  assert.equal(writtenListing(), listing, `If the change is meant to be, write it down: ${remakeListing}`);
});

test('every entry point has a section in the listing', () => {
  const headings = [...writtenListing().matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

  assert.deepEqual(headings, [...entries.map(({ specifier }) => specifier), 'Not exported']);
});

test('comments, private members and punctuation in strings don’t confuse the parser of declarations', () => {
  const { declarations, references } = parseDeclarations(`
import { type Call, type Next as Further } from './call.ts';
/** A breaker; it has {braces} and 'quotes' here. */
export declare class Breaker {
    #private;
    private constructor();
    readonly name = "a; }"; // its name
    run(call: Call): Further;
}
export type Kind = {
    readonly kind: 'a';
} | {
    readonly kind: 'b';
};
export declare function make(): Breaker;
export declare function make(name: string): Breaker;
export {};
`);

  assert.deepEqual(references, [
    {
      from: './call.ts',
      isExport: false,
      names: [
        ['Call', 'Call'],
        ['Further', 'Next'],
      ],
    },
  ]);
  assert.deepEqual(
    declarations.map(({ name, text }) => [name, text.replaceAll(/\s+/g, ' ')]),
    [
      ['Breaker', 'export declare class Breaker { readonly name = "a; }"; run(call: Call): Further; }'],
      ['Kind', "export type Kind = { readonly kind: 'a'; } | { readonly kind: 'b'; };"],
      ['make', 'export declare function make(): Breaker;'],
      ['make', 'export declare function make(name: string): Breaker;'],
    ],
  );
});

test('declarations that can’t be parsed are reported, not omitted', () => {
  assert.throws(() => parseDeclarations(`export * from './all.ts';`), { message: /^Not understood: export \*/ });
});
