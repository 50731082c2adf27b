import type { IconName } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Role } from '../contract-types.ts';

/** Who can open a page: everyone, everyone who is signed in, or these roles. The words are those of the API's routes. */
export type Access = 'anyone' | 'signed-in' | readonly Role[];

type ParameterName<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? ParameterName<Head> | ParameterName<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never;

/** The parameters of a path: `{ studentId: string }` for `/students/:studentId/edit`. */
export type PathParameters<Path extends string> = { readonly [Name in ParameterName<Path>]: string };

interface PageOptions<Path extends string> {
  /** Where the page is. A segment such as `:studentId` is a parameter, which the view receives as a prop. */
  readonly path: Path;
  /** A second address of the same page. */
  readonly alias?: string;
  /** In the browser's tab. A view with a better one, such as a person's name, sets it with `usePageTitle`. */
  readonly title: string;
  readonly access: Access;
  /** Adds the page to the main navigation. Without a label, the title is used. */
  readonly navigation?: { readonly label?: string; readonly icon: IconName };
  /** Imports the component, so that each page is a file of its own that is loaded when it is needed. */
  readonly view: () => Promise<(parameters: PathParameters<Path>) => JSX.Element>;
}

/** A page, as declared with `definePage`. */
export interface Page extends Omit<PageOptions<string>, 'view'> {
  readonly view: () => Promise<(parameters: never) => JSX.Element>;
  /** The parameters in an address, or `undefined` when it is not this page's. A slash at the end makes no difference. */
  match(address: string): Readonly<Record<string, string>> | undefined;
}

/** A page with the parameters of its path. */
export interface PageAt<Path extends string> extends Page {
  /** The page's address, for links. */
  href(...parameters: ParameterName<Path> extends never ? [] : [PathParameters<Path>]): string;
}

/** Declares a page: navigation, router, access check, title, preloading and tests all read this. */
export function definePage<const Path extends string>(options: PageOptions<Path>): PageAt<Path> {
  const patterns = [options.path, options.alias].filter((path) => path !== undefined).map(patternOf);
  return {
    ...options,
    match(address) {
      const path = address.replace(/(?<=.)\/$/, '');
      for (const pattern of patterns) {
        const found = pattern.exec(path);
        if (found !== null) return { ...found.groups };
      }
      return undefined;
    },
    href(...[parameters]) {
      const values: Readonly<Record<string, string>> = parameters ?? {};
      return options.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
    },
  };
}

/** Whether someone with this role can open the page; `undefined` for someone who is not signed in. */
export function isAllowed({ access }: Page, role: Role | undefined): boolean {
  if (access === 'anyone') return true;
  return role !== undefined && (access === 'signed-in' || access.includes(role));
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, String.raw`(?<$1>[\w-]+)`)}$`);
}
