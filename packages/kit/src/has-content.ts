import { type ComponentChildren, toChildArray } from 'preact';

/** Whether `children` render anything. `undefined`, `null`, booleans and empty text do not. */
export function hasContent(children: ComponentChildren): boolean {
  return toChildArray(children).some((child) => child !== '');
}
