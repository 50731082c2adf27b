import type { IconName } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Role } from '../contract-types.ts';

/** The users who can open a page: anyone, signed-in users, or those with one of the roles. Like the access of API routes. */
export type Access = 'anyone' | 'signed-in' | readonly Role[];

type ParameterName<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? ParameterName<Head> | ParameterName<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never;

/** The parameters of a path: `{ studentId: string }` for `/students/:studentId/edit`. */
export type PathParameters<Path extends string> = { readonly [Name in ParameterName<Path>]: string };

interface PageOptions<Path extends string> {
  /** The page's path. A segment such as `:studentId` is a parameter, which the view receives as a prop. */
  readonly path: Path;
  /** The title of the browser's tab. A view can set a more specific one with `usePageTitle`. */
  readonly title: string;
  readonly access: Access;
  /** Adds the page to the main navigation. Without a label, the title is used. */
  readonly navigation?: { readonly label?: string; readonly icon: IconName };
  /** Imports the component, which is loaded when the page is opened. */
  readonly view: () => Promise<(parameters: PathParameters<Path>) => JSX.Element>;
}

/** A page, as declared with `definePage`. */
export interface Page extends Omit<PageOptions<string>, 'view'> {
  readonly view: () => Promise<(parameters: never) => JSX.Element>;
  /** Returns the parameters in an address; undefined when it is not this page's. A trailing slash is ignored. */
  match(address: string): Readonly<Record<string, string>> | undefined;
}

/** A page with the parameters of its path. */
export interface PageAt<Path extends string> extends Page {
  /** The page's address, for links. */
  href(...parameters: ParameterName<Path> extends never ? [] : [PathParameters<Path>]): string;
}

/** Declares a page for navigation, router, access check, title, preloading and tests. */
export function definePage<const Path extends string>(options: PageOptions<Path>): PageAt<Path> {
  const pattern = patternOf(options.path);
  return {
    ...options,
    match(address) {
      const path = address.replace(/(?<=.)\/$/, '');
      const found = pattern.exec(path);
      return found === null ? undefined : { ...found.groups };
    },
    href(...[parameters]) {
      const values: Readonly<Record<string, string>> = parameters ?? {};
      return options.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
    },
  };
}

/** Whether a user with this role can open the page. @param role undefined for a user who is not signed in */
export function isAllowed({ access }: Page, role: Role | undefined): boolean {
  if (access === 'anyone') return true;
  return role !== undefined && (access === 'signed-in' || access.includes(role));
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, String.raw`(?<$1>[\w-]+)`)}$`);
}
