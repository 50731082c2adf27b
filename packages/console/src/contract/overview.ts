import { z } from 'zod';
import { roles, type Role } from '../permissions.ts';
import { breakerView, trigger } from './breakers.ts';
import { count, instant } from './common.ts';
import { faultView } from './faults.ts';
import { incidentView } from './incidents.ts';
import { retryView } from './retries.ts';
import { serviceView } from './services.ts';

/** An event in the list of changes. */
const changeView = z.object({
  /** Event ID, `<epoch>-<number>`. */
  id: z.string(),
  at: instant,
  /** Also the name of the event in the stream. */
  kind: z.enum(['transition', 'override', 'control', 'operation', 'check', 'service', 'config', 'incident', 'fault']),
  /** ID of the breaker or service. */
  target: z.string(),
  target_name: z.string(),
  /** In a few words: `closed to open`, `trip`, `restart succeeded`. */
  what: z.string(),
  why: z.string(),
  /** Name of the person, for actions. */
  actor: z.string().nullable(),
  trigger: trigger.nullable(),
  correlation_id: z.string().nullable(),
});
export type ChangeView = z.infer<typeof changeView>;

/** Whether the console's records can be saved. */
const storeView = z.object({
  state: z.enum(['ok', 'failing']),
  kind: z.enum(['file', 'memory']),
  since: instant.nullable(),
  reason: z.string(),
  /** Records that could not be saved since the start, in sentences. */
  lost: z.array(z.string()),
});
export type StoreView = z.infer<typeof storeView>;

/** Something that needs a person. */
const attentionView = z.object({
  /**
   * `unknown`: a breaker or retry whose report failed. `trial`: settings that are reverted automatically. `store`: the
   * audit log can't be written.
   */
  kind: z.enum([
    ...(['blocking', 'testing', 'isolated', 'held_closed', 'service', 'unknown'] as const),
    ...(['incident', 'drill', 'trial', 'store'] as const),
  ]),
  /** `info` ends automatically or is being worked on, so the verdict is still good. */
  tone: z.enum(['info', 'warning', 'bad']),
  /** ID of the breaker, service or drill; number of the incident or revision; empty for the store. */
  target: z.string(),
  name: z.string(),
  /** One or two sentences, without times. */
  text: z.string(),
  since: instant.nullable(),
  /** When it ends automatically, if it does. */
  ends_at: instant.nullable(),
});
export type AttentionView = z.infer<typeof attentionView>;

const instanceView = z.object({
  id: z.string(),
  version: z.string(),
  node: z.string(),
  started_at: instant,
  last_report_at: instant,
  /** 99th percentile of the last ten seconds, in milliseconds; null until measured. */
  loop_delay_p99_ms: z.number().nullable(),
});
export type InstanceView = z.infer<typeof instanceView>;

/** The content of the page *Now*. */
export const overviewView = z.object({
  version: count,
  now: instant,
  environment: z.string(),
  read_only: z.boolean(),
  /** Everything that needs a person, the most urgent first. */
  attention: z.array(attentionView),
  /** A summary of `attention`. */
  verdict: z.object({ tone: z.enum(['good', 'warning', 'bad']), text: z.string() }),
  /** Most urgent first. */
  breakers: z.array(breakerView),
  services: z.array(serviceView),
  retries: z.array(retryView),
  /** Unresolved incidents, newest first. */
  incidents: z.array(incidentView),
  faults: z.array(faultView),
  instances: z.array(instanceView),
  store: storeView,
  /** Newest first, at most 100. */
  changes: z.array(changeView),
});
export type OverviewView = z.infer<typeof overviewView>;

export const instanceList = z.object({ instances: z.array(instanceView) });

export const sessionView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(Object.keys(roles) as Role[]),
  /** The application's name for the role. */
  role_name: z.string(),
  permissions: z.array(z.string()),
  /** For each missing permission: a sentence that names the roles that have it. */
  denials: z.record(z.string(), z.string()),
  read_only: z.boolean(),
  expires_at: instant.nullable(),
  /** To the application, with the operator's token on the console's page, or as a program. */
  authentication: z.enum(['session', 'token-session', 'bearer']),
  /** Links in the menu; null for those that don't apply. */
  menu: z.object({
    home: z.object({ name: z.string(), path: z.string() }).nullable(),
    account_path: z.string().nullable(),
    /** Accepts POST; null if the console can't end the session. */
    sign_out_path: z.string().nullable(),
  }),
});
export type SessionView = z.infer<typeof sessionView>;
