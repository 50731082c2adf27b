import type { BreakerView, OverviewView, ServiceView } from '../contract.ts';
import { durationText } from '../views/duration-text.ts';
import type { Menu } from '../sign-in/menu.ts';
import { documentOf } from './document.ts';
import { html, Markup } from './html.ts';

/** Where the page stands, and whether whoever sees it may give orders. */
export interface PlainFrame {
  /** Such as `/admin/plain`. */
  readonly base: string;
  readonly person: { readonly name: string; readonly role: string };
  readonly menu: Menu;
  readonly mayOrder: boolean;
}

/** How long somebody may isolate a breaker from here: a select needs no typing. */
export const isolationTimes: readonly (readonly [minutes: number, text: string])[] = [
  [5, '5 minutes'],
  [15, '15 minutes'],
  [30, '30 minutes'],
  [60, 'an hour'],
  [240, '4 hours'],
  [1_440, 'a day'],
];

const incidentStates: Readonly<Record<OverviewView['incidents'][number]['state'], string>> = {
  triggered: 'not acknowledged',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
};

/** What is broken, since when and why, with a way to isolate and release: all of it without a script. */
export function overviewPage(overview: OverviewView, frame: PlainFrame): string {
  const { attention, breakers, services, incidents, verdict, now, environment } = overview;
  const at = Date.parse(now);
  return page(
    'Recovery console',
    frame,
    html`<h1>Recovery console${environment === '' ? '' : html` <span class="note">(${environment})</span>`}</h1>
      <p class="note">
        As of ${clockTime(now)} UTC. This page doesn’t update by itself: <a href="${frame.base}">reload</a>.
      </p>
      <p class="verdict ${verdict.tone}">${verdict.text}</p>
      ${needsYou(attention, at)}
      ${breakers.length === 0 ? html`<p>No breakers are registered yet.</p>` : breakerTable(breakers, at, frame)}
      ${services.length === 0 ? undefined : serviceTable(services, at)}
      ${
        incidents.length === 0
          ? undefined
          : html`<h2>Open incidents</h2>
              <ul>
                ${incidents.map(({ number, title, state }) => html`<li>${number}: ${title} (${incidentStates[state]})</li>`)}
              </ul>`
      }`,
  );
}

/** The same list as on the page with scripts. */
function needsYou(attention: OverviewView['attention'], at: number): Markup | undefined {
  if (attention.length === 0) return undefined;
  return html`<h2>Needs you</h2>
    <ul>
      ${attention.map(
        ({ text, ends_at: endsAt }) =>
          html`<li>${text}${endsAt === null ? '' : ` Ends in ${durationText(Date.parse(endsAt) - at)}.`}</li>`,
      )}
    </ul>`;
}

function breakerTable(breakers: readonly BreakerView[], at: number, frame: PlainFrame): Markup {
  const rows = breakers.map(
    (breaker) =>
      html`<tr>
        <td data-label="Breaker">${breaker.id}</td>
        <td data-label="State">${stateText(breaker, at)}</td>
        <td data-label="For">${durationText(at - Date.parse(breaker.override?.since ?? breaker.since))}</td>
        <td data-label="Why">${reasonText(breaker)}</td>
        <td data-label="Action">${orderLink(breaker, frame)}</td>
      </tr>`,
  );
  return html`<h2>Breakers</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Breaker</th>
            <th>State</th>
            <th>For</th>
            <th>Why</th>
            <th>Action</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

/** Of an override, what its operator gave as the reason: the breaker's own is about its automatic state. */
function reasonText({ override, reason }: BreakerView): string {
  return override === null ? reason : `${override.actor ?? 'an operator'}: ${override.reason}`;
}

function orderLink({ id, override }: BreakerView, { base, mayOrder }: PlainFrame): Markup {
  if (!mayOrder) return html`<span class="note">view-only</span>`;
  const action = override === null ? 'isolate' : 'release';
  return html`<a href="${base}/${action}?breaker=${encodeURIComponent(id)}"
    >${action === 'isolate' ? 'Isolate' : 'Release'}…
  </a>`;
}

function serviceTable(services: readonly ServiceView[], at: number): Markup {
  const rows = services.map(
    ({ name, state, since, reason }) =>
      html`<tr>
        <td data-label="Service">${name}</td>
        <td data-label="State">${state}</td>
        <td data-label="For">${durationText(at - Date.parse(since))}</td>
        <td data-label="Why">${reason}</td>
      </tr>`,
  );
  return html`<h2>Services</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Service</th>
            <th>State</th>
            <th>For</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

function stateText({ state, override, next_test_at: nextTest }: BreakerView, at: number): string {
  if (override !== null) {
    const name = override.mode === 'isolated' ? 'isolated' : 'held closed';
    return `${name}, ${durationText(Date.parse(override.ends_at) - at)} left`;
  }
  if (state === 'open' && nextTest !== null)
    return `open, next probe in ${durationText(Math.max(0, Date.parse(nextTest) - at))}`;
  return state;
}

/** What is about to be ordered, with what it means and how it is taken back. */
export interface PlainOrder {
  readonly action: 'isolate' | 'release';
  readonly breaker: BreakerView;
  /** Makes the order take effect once, however often the form is sent. */
  readonly key: string;
  readonly reason: string;
  readonly minutes: number;
  /** Why it was refused when it was sent before. */
  readonly problem: string | undefined;
}

export function orderPage({ action, breaker, key, reason, minutes, problem }: PlainOrder, frame: PlainFrame): string {
  const { base } = frame;
  const { id, used_by: usedBy, neighbours } = breaker;
  const isolates = action === 'isolate';
  const heading = `${isolates ? 'Isolate' : 'Release'} ${id}`;
  const consequence = isolates
    ? `All calls of ${usedBy.join(', ')} through this breaker are rejected immediately, as if it were open. The isolation ends by itself; Release ends it sooner.`
    : `The breaker returns to its automatic state: calls of ${usedBy.join(', ')} flow when it is closed.`;
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
  const { base } = frame;
  return page(
    title,
    frame,
    html`<p><a href="${base}">Back</a></p>
      <h1>${title}</h1>
      <p>${detail}</p>`,
  );
}

function page(title: string, frame: PlainFrame, body: Markup): string {
  return documentOf(
    title,
    html`${personBar(frame)}
      <main>${body}</main>`,
  );
}

/** Who is signed in, and the ways out. */
function personBar({ person, menu }: PlainFrame): Markup {
  const { home, accountPath, signOutPath } = menu;
  return html`<header class="person">
    <span><strong>${person.name}</strong> <span class="note">${person.role}</span></span>
    ${accountPath === null ? undefined : html`<a href="${accountPath}">My account</a>`}
    ${home === null ? undefined : html`<a href="${home.path}">Back to ${home.name}</a>`}
    ${
      signOutPath === null
        ? undefined
        : html`<form method="post" action="${signOutPath}"><button>Sign out</button></form>`
    }
  </header>`;
}

function clockTime(instant: string): string {
  return instant.slice(11, 19);
}
