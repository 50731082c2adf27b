/** Reads `.d.ts` text as the compiler writes it: every declaration is a statement at the top level of its file. */

/** One statement of a declaration file, without comments. */
export interface Declaration {
  readonly text: string;
  /** What it declares; nothing for imports, re-exports and augmentations of other modules. */
  readonly name: string | undefined;
  readonly isExported: boolean;
}

/** `import` or `export` of names from elsewhere: `[name in this file, name there]`, or all of them. */
export interface Reference {
  readonly from: string;
  readonly isExport: boolean;
  readonly names: readonly (readonly [here: string, there: string])[];
}

/** A declaration file, taken apart. */
export interface DeclarationFile {
  readonly declarations: readonly Declaration[];
  readonly references: readonly Reference[];
}

export function parseDeclarations(text: string): DeclarationFile {
  const statements = statementsOf(withoutComments(text).replaceAll(/\n\s*\n/g, '\n'));
  const references = statements
    .filter(isReference)
    .map(referenceOf)
    .filter(({ names }) => names.length > 0);
  const declarations = statements
    .filter((statement) => !isReference(statement))
    .map((statement) => ({
      text: withoutPrivateMembers(statement),
      name: nameOf(statement),
      isExported: statement.startsWith('export'),
    }));
  return { declarations, references };
}

/** Strings and comments are taken together: one may hold what looks like the other. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\/\*.*?\*\/|\/\/[^\n]*/gs,
    (_all, string?: string) => string ?? '',
  );
}

/** A statement ends at a semicolon outside of all brackets, and where the body of a class or an interface ends. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}()[\];]/g)) {
    if ('{(['.includes(token)) depth += 1;
    else if ('})]'.includes(token)) depth -= 1;
    const soFar = text.slice(start, index + 1).trim();
    if (depth === 0 && (token === ';' || (token === '}' && hasBody(soFar)))) {
      if (soFar !== ';') statements.push(soFar);
      start = index + 1;
    }
  }
  return statements;
}

function hasBody(statement: string): boolean {
  return /^(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(class|interface|enum|namespace|module|global)\b/.test(
    statement,
  );
}

function nameOf(statement: string): string | undefined {
  return /^(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|namespace|type|const|let|var|function)\s+([\w$]+)/.exec(
    statement,
  )?.[1];
}

function isReference(statement: string): boolean {
  return /^(import|export)\s*(type\s*)?(\{|\*|['"]|[\w$]+\s+from\b)/.test(statement);
}

/** @throws Error for a form that is not known: what cannot be read must not be left out without a word */
function referenceOf(statement: string): Reference {
  const match = /^(import|export)\s*(?:type\s*)?\{(.*?)\}\s*(?:from\s*['"](.+?)['"])?;$/s.exec(statement);
  if (match === null) throw new Error(`Not understood: ${statement}`);
  const [, keyword, list = '', from = ''] = match;
  const isExport = keyword === 'export';
  const pairs = list.split(',').flatMap((each) => {
    const [first = '', second = first] = each
      .trim()
      .replace(/^type\s+/, '')
      .split(/\s+as\s+/);
    return first === '' ? [] : [[second, first] as const];
  });
  // `export { name };` without `from` would be a third way to export; the compiler writes it only when empty.
  if (from === '' && pairs.length > 0) throw new Error(`Not understood: ${statement}`);
  return { from, isExport, names: pairs };
}

/** `#private` stands for all that is private in the source. */
function withoutPrivateMembers(statement: string): string {
  return statement.replaceAll(/^\s*(#private|private\s[^;]*);\n?/gm, '');
}
