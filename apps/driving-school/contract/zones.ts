/**
 * Ontario's time zones. Three names for its three behaviours, and the names that tzdata links to them. An own list,
 * because `Intl` resolves `America/Atikokan` to another name.
 */
export const timeZones = {
  'America/Toronto': 'Eastern (most of Ontario)',
  'America/Winnipeg': 'Central (Kenora, west of 90°)',
  'America/Atikokan': 'Eastern Standard all year (Atikokan)',
  'America/Thunder_Bay': 'Eastern (Thunder Bay)',
  'America/Nipigon': 'Eastern (Nipigon)',
  'America/Rainy_River': 'Central (Rainy River)',
} as const;
export type TimeZone = keyof typeof timeZones;

/** Whether a text is the name of one of Ontario's zones, spelled exactly. */
export function isTimeZone(text: string): text is TimeZone {
  return Object.hasOwn(timeZones, text);
}
