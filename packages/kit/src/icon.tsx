import type { JSX } from 'preact';

/** Paths on a 16 × 16 grid, drawn with a 1.5 stroke in the colour of the surrounding text. */
const paths = {
  'arrow-left': 'M13 8H3m4-4L3 8l4 4',
  account: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-5 5c.4-2.2 2.2-3.25 5-3.25S12.6 10.8 13 13',
  'arrow-right': 'M3 8h10M9 4l4 4-4 4',
  audit: 'M4 2.5h8v11H4v-11Zm2.25 3.25h3.5m-3.5 2.5h3.5m-3.5 2.5h2',
  breaker: 'M1.5 10.5h3m7 0h3M4.5 10.5 10.25 5M4.5 10.5v.01m7 0v.01',
  calendar: 'M2.5 4h11v9.5h-11V4ZM2.5 7h11M5.5 2v3.25M10.5 2v3.25',
  check: 'm3 8.5 3.25 3.25L13 4.75',
  'chevron-down': 'm4 6 4 4 4-4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.25V8l2.25 1.5',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  danger: 'M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4L5.4 2ZM8 5v3.5m0 2.4v.1',
  download: 'M8 2.5v7m0 0 3-3m-3 3-3-3M2.75 11v2.5h10.5V11',
  drill: 'M9 1.75 3.5 9H8l-1 5.25L12.5 7H8l1-5.25Z',
  edit: 'm9.75 3.75 2.5 2.5M3 13l.75-3.25 7-7 2.5 2.5-7 7L3 13Z',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 9.75a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z',
  'eye-off':
    'M6.3 3.7A6.2 6.2 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-1.7 2.2M4.2 4.9A10.7 10.7 0 0 0 1.5 8S4 12.5 8 12.5a6.5 6.5 0 0 0 2.6-.55M2.5 2.5l11 11',
  file: 'M4 2h5l3 3v9H4V2Zm5 0v3h3',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.25 6.4A1.75 1.75 0 1 1 8.9 7.9c-.6.35-.9.7-.9 1.35m0 1.9v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-6.75V11m0-6v.1',
  link: 'm6.5 9.5 3-3M7 5l1.7-1.7a2.83 2.83 0 0 1 4 4L11 9M9 11l-1.7 1.7a2.83 2.83 0 0 1-4-4L5 7',
  map: 'M4 6a1.75 1.75 0 1 0 0-3.5A1.75 1.75 0 0 0 4 6Zm8 7.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5ZM4 6v3.5a2 2 0 0 0 2 2h4.25M12 10V6.5a2 2 0 0 0-2-2H5.75',
  menu: 'M2.5 4.5h11M2.5 8h11m-11 3.5h11',
  monitor: 'M2 3h12v8H2V3Zm4 11h4m-2-3v3',
  moon: 'M13.5 9.5A5.75 5.75 0 0 1 6.5 2.5a5.75 5.75 0 1 0 7 7Z',
  people:
    'M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM2 13c.2-2.3 1.7-3.5 4-3.5s3.8 1.2 4 3.5m.75-9.75a2.1 2.1 0 0 1 0 4m1 2.5c1.4.4 2.1 1.5 2.25 3.25',
  plus: 'M8 3v10M3 8h10',
  pulse: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.55L13 6m0-3.5V6H9.5',
  search: 'm13.5 13.5-3.2-3.2M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z',
  server: 'M2.5 3h11v4h-11V3Zm0 6h11v4h-11V9ZM5 5v.1M5 11v.1',
  'sign-out': 'M6 3H3v10h3m4-8 3 3-3 3m3-3H6.5',
  sliders:
    'M2.5 4.5h6m3 0h2m-11 7h2m3 0h6M10 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm-4 7a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z',
  pause: 'M5.5 3.5v9m5-9v9',
  play: 'M5 3.25v9.5l7.5-4.75L5 3.25Z',
  stop: 'M3.5 3.5h9v9h-9v-9Z',
  student: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8Zm-5 5.5c.3-2.5 2.1-3.75 5-3.75s4.7 1.25 5 3.75',
  sun: 'M8 10.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM8 1.5v1m0 11v1m6.5-6.5h-1m-11 0h-1m11.1-4.6-.7.7m-7.8 7.8-.7.7m9.2 0-.7-.7M4.1 4.1l-.7-.7',
  upload: 'M8 9.5v-7m0 0 3 3m-3-3-3 3M2.75 11v2.5h10.5V11',
  warning: 'M8 2.25 14.5 13.5h-13L8 2.25Zm0 4.25v3.25m0 1.9v.1',
  wheel:
    'M8 14.25A6.25 6.25 0 1 0 8 1.75a6.25 6.25 0 0 0 0 12.5Zm0-4.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5ZM2 7l4.3.6M14 7l-4.3.6M8 9.75V14',
} as const;

/** Name of a drawing. */
export type IconName = keyof typeof paths;

/** A small drawing beside text. Hidden from screen readers, because the text says the same. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d={paths[name]} stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
