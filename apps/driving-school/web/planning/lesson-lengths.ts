import { lengthText } from '../../contract/rule-numbers.ts';

/** The usual lengths of lessons, in minutes. */
const usualLengths = [30, 45, 60, 90, 120];

/** The lengths to choose from, with one that is not usual. */
export function lengthOptions(minutes: number): { readonly value: string; readonly label: string }[] {
  const all = [...new Set([...usualLengths, minutes])].toSorted((a, b) => a - b);
  return all.map((each) => ({ value: String(each), label: lengthText(each) }));
}
