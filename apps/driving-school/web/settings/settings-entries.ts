import { productsPage } from '../courses/pages.ts';
import { closedDaysPage } from '../closed-days/pages.ts';
import { locationsPage } from '../locations/pages.ts';
import { rulesPage } from '../rules/pages.ts';
import type { PageAt } from '../platform/define-page.ts';

/** A page of the settings: a tab on each of them, and a line on their first page. */
export interface SettingsEntry {
  readonly page: PageAt<string>;
  /** A sentence for the first page. */
  readonly about: string;
}

/** Every page of the settings, in the order of the tabs. A slice adds its page here. */
export const settingsEntries: readonly SettingsEntry[] = [
  {
    page: locationsPage,
    about: 'Where your lessons begin, with the time zone and the time between lessons.',
  },
  {
    page: closedDaysPage,
    about: 'Holidays and other days on which the school is closed.',
  },
  {
    page: productsPage,
    about: 'The courses that the school sells, to choose from when a student is enrolled.',
  },
  {
    page: rulesPage,
    about: 'The limits that bookings are checked against, such as hours in the car on one day.',
  },
];
