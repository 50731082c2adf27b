import { accountPages } from './account/pages.ts';
import { auditPages } from './audit/pages.ts';
import { calendarPages } from './calendar/pages.ts';
import { compliancePages } from './compliance/pages.ts';
import { daySheetPages } from './day-sheet/pages.ts';
import { homePages } from './home/pages.ts';
import { instructorPages } from './instructors/pages.ts';
import { peoplePages } from './people/pages.ts';
import { planningPages } from './planning/pages.ts';
import type { Page } from './platform/define-page.ts';
import { settingsPages } from './settings/pages.ts';
import { signInPages } from './sign-in/pages.ts';
import { studentPages } from './students/pages.ts';
import { todayPages } from './today/pages.ts';
import { vehiclePages } from './vehicles/pages.ts';
import { welcomePages } from './welcome/pages.ts';

/** The pages of each slice, in the order of the navigation. */
export const sections: readonly (readonly Page[])[] = [
  homePages,
  todayPages,
  calendarPages,
  daySheetPages,
  [...studentPages, ...planningPages],
  instructorPages,
  compliancePages,
  vehiclePages,
  settingsPages,
  peoplePages,
  auditPages,
  accountPages,
  signInPages,
  welcomePages,
];

/** Every page of the application. */
export const pages: readonly Page[] = sections.flat();
