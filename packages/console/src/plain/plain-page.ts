import type { BreakerView, OverviewView } from '../contract.ts';
import { durationText } from '../views/duration-text.ts';
import type { Menu } from '../sign-in/menu.ts';
import { documentOf } from './document.ts';
import { html, Markup } from './html.ts';

/** The parts that all plain pages have around their content. */
export interface PlainFrame {
  /** Such as `/admin/plain`. */
  readonly base: string;
  readonly person: { readonly name: string; readonly role: string };
  readonly menu: Menu;
  /** Whether this person may isolate and release breakers. */
  readonly mayControl: boolean;
}

/** Durations of an isolation to choose from: a select needs no typing. */
export const isolationTimes: readonly (readonly [minutes: number, text: string])[] = [
  [5, '5 minutes'],
  [15, '15 minutes'],
  [30, '30 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [1_440, '1 day'],
];

/** The state of everything, with links to isolate and release breakers. */
export function overviewPage(overview: OverviewView, frame: PlainFrame): string {
  const { attention, breakers, services, incidents, verdict, now, environment } = overview;
  const at = Date.parse(now);
  return page(
    'Recovery console',
    frame,
    html`<h1>Recovery console${environment === '' ? '' : html` <span class="note">(${environment})</span>`}</h1>
      <p class="note">
        As of ${now.slice(11, 19)} UTC. This page doesn’t update automatically: <a href="${frame.base}">reload</a>.
      </p>
      <p class="verdict ${verdict.tone}">${verdict.text}</p>
      ${list(
        'Needs you',
        attention.map(
          ({ text, ends_at: endsAt }) => `${text}${endsAt === null ? '' : ` Ends in ${timeUntil(endsAt, at)}.`}`,
        ),
      )}
      ${
        breakers.length === 0
          ? html`<p>No breakers are registered yet.</p>`
          : table(
              'Breakers',
              breakers.map((breaker) => ({
                Breaker: breaker.id,
                State: stateText(breaker, at),
                For: durationText(at - Date.parse(breaker.override?.since ?? breaker.since)),
                Why: reasonText(breaker),
                Action: actionLink(breaker, frame),
              })),
            )
      }
      ${table(
        'Services',
        services.map(({ name, state, since, reason }) => ({
          Service: name,
          State: state,
          For: durationText(at - Date.parse(since)),
          Why: reason,
        })),
      )}
      ${list(
        'Open incidents',
        incidents.map(
          ({ number, title, state }) => `${number}: ${title} (${state === 'triggered' ? 'not acknowledged' : state})`,
        ),
      )}`,
  );
}

function list(heading: string, items: readonly string[]): Markup | undefined {
  if (items.length === 0) return undefined;
  return html`<h2>${heading}</h2>
    <ul>
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>`;
}

/** @param rows cells by column heading; on narrow screens each cell shows its heading */
function table(heading: string, rows: readonly Readonly<Record<string, string | Markup>>[]): Markup | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  return html`<h2>${heading}</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${Object.keys(first).map((column) => html`<th>${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${Object.entries(cells).map(([column, cell]) => html`<td data-label="${column}">${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** The operator's reason for an override: the breaker's own reason is about its automatic state. */
function reasonText({ override, reason }: BreakerView): string {
  return override === null ? reason : `${override.actor ?? 'an operator'}: ${override.reason}`;
}

function actionLink({ id, override }: BreakerView, { base, mayControl }: PlainFrame): Markup {
  if (!mayControl) return html`<span class="note">view-only</span>`;
  const [path, text] = override === null ? ['isolate', 'Isolate'] : ['release', 'Release'];
  return html`<a href="${base}/${path}?breaker=${encodeURIComponent(id)}">${text}… </a>`;
}

function stateText({ state, override, next_test_at: nextTest }: BreakerView, at: number): string {
  if (override !== null) return `${override.mode.replace('_', ' ')}, ${timeUntil(override.ends_at, at)} left`;
  return state === 'open' && nextTest !== null ? `open, next probe in ${timeUntil(nextTest, at)}` : state;
}

function timeUntil(instant: string, now: number): string {
  return durationText(Math.max(0, Date.parse(instant) - now));
}

/** A form to confirm an action. */
export interface PlainAction {
  readonly action: 'isolate' | 'release';
  readonly breaker: BreakerView;
  /** Identifies the form, so that sending it again doesn't repeat the action. */
  readonly key: string;
  readonly reason: string;
  readonly minutes: number;
  /** Why it was refused when it was last sent. */
  readonly problem: string | undefined;
}

export function actionPage({ action, breaker, key, reason, minutes, problem }: PlainAction, frame: PlainFrame): string {
  const { base } = frame;
  const { id, used_by: usedBy, neighbours } = breaker;
  const isolates = action === 'isolate';
  const heading = `${isolates ? 'Isolate' : 'Release'} ${id}`;
  const consequence = isolates
    ? `All calls of ${usedBy.join(', ')} through this breaker are rejected immediately, as if it were open. The isolation ends automatically; Release ends it sooner.`
    : `The breaker returns to its automatic state: calls of ${usedBy.join(', ')} are let through while it is closed.`;
  const others = neighbours.length === 0 ? '' : `Breakers that may fail with it: ${neighbours.join(', ')}.`;
  const times = isolationTimes.map(
    ([value, text]) =>
      html`<option value="${value}" ${new Markup(value === minutes ? ' selected' : '')}>${text}</option>`,
  );
  return page(
    heading,
    frame,
    html`<p><a href="${base}">Back</a></p>
      <h1>${heading}</h1>
      ${problem === undefined ? undefined : html`<p class="verdict bad" role="alert">${problem}</p>`}
      <p>${consequence} ${others}</p>
      <form method="post" action="${base}/${action}">
        <input type="hidden" name="breaker" value="${id}" />
        <input type="hidden" name="key" value="${key}" />
        <label for="reason">Reason</label>
        <input id="reason" name="reason" value="${reason}" required minlength="3" maxlength="500" autocomplete="off" />
        ${
          isolates
            ? html`<label for="minutes">For</label
                ><select id="minutes" name="minutes">
                  ${times}
                </select>`
            : undefined
        }
        <p><button>${heading}</button></p>
      </form>`,
  );
}

export function problemPage(title: string, detail: string, frame: PlainFrame): string {
  return page(
    title,
    frame,
    html`<p><a href="${frame.base}">Back</a></p>
      <h1>${title}</h1>
      <p>${detail}</p>`,
  );
}

function page(title: string, { person, menu }: PlainFrame, body: Markup): string {
  const { home, account_path: accountPath, sign_out_path: signOutPath } = menu;
  return documentOf(
    title,
    html`<header class="person">
        <span><strong>${person.name}</strong> <span class="note">${person.role}</span></span>
        ${accountPath === null ? undefined : html`<a href="${accountPath}">My account</a>`}
        ${home === null ? undefined : html`<a href="${home.path}">Back to ${home.name}</a>`}
        ${signOutPath === null ? undefined : signOutForm(signOutPath)}
      </header>
      <main>${body}</main>`,
  );
}

export function signOutForm(path: string): Markup {
  return html`<form method="post" action="${path}"><button>Sign out</button></form>`;
}
