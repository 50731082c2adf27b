import { z } from 'zod';
import { breakGlass, instant, reason } from './common.ts';

/** Settings by member, by name. `null` gives a setting back to the code. */
export const settingsPatch = z.record(z.string().max(300), z.record(z.string().max(100), z.number().nullable()));
export type SettingsPatch = z.infer<typeof settingsPatch>;

export const settingSpec = z.object({
  min: z.number(),
  max: z.number(),
  unit: z.string(),
  default: z.number(),
  /** `empties_window`: what was counted so far is forgotten. */
  applies: z.enum(['now', 'empties_window']),
});

/** One setting that differs between two revisions. */
export const settingChange = z.object({
  pointer: z.string(),
  member: z.string(),
  setting: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
});
export type SettingChange = z.infer<typeof settingChange>;

export const revisionView = z.object({
  revision: z.int(),
  saved_at: instant,
  author: z.string(),
  author_name: z.string(),
  reason: z.string(),
  changes: z.array(settingChange),
  /** What is set by people, beside what the code says. */
  overrides: z.record(z.string(), z.record(z.string(), z.number())),
  restores: z.int().nullable(),
  reverts: z.int().nullable(),
  auto_revert_at: instant.nullable(),
});
export type RevisionView = z.infer<typeof revisionView>;

export const configView = z.object({
  revision: z.int(),
  etag: z.string(),
  saved_at: instant.nullable(),
  author_name: z.string().nullable(),
  reason: z.string().nullable(),
  auto_revert_at: instant.nullable(),
  /** Where revisions are kept: `file`, or `memory`, which a restart forgets. */
  persisted: z.enum(['file', 'memory']),
  members: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.string(),
      values: z.record(z.string(), z.number()),
      /** As the code says it. */
      code: z.record(z.string(), z.number()),
      spec: z.record(z.string(), settingSpec),
    }),
  ),
  /** Where what runs is not what the active revision says, in sentences. */
  drift: z.array(z.string()),
});
export type ConfigView = z.infer<typeof configView>;

/** `PATCH config`, `If-Match` required */
export const configOrder = z.object({
  settings: settingsPatch,
  reason,
  /** Until when it is tried; then what it changed is changed back. */
  auto_revert_at: instant.optional(),
  break_glass: breakGlass,
});

/** `POST config/validate` */
export const configDraft = z.object({ settings: settingsPatch });

export const settingProblem = z.object({ pointer: z.string(), code: z.string(), message: z.string() });
export type SettingProblem = z.infer<typeof settingProblem>;

/** What a breaker would have done; an estimate. */
export const replayView = z.object({
  openings: z.int(),
  refused: z.int(),
  failures_let_through: z.int(),
  successes_refused: z.int(),
  open_ms: z.number(),
});

export const previewView = z.object({
  breaker: z.string(),
  /** What was replayed: up to an hour, less where less is known. */
  from: instant,
  to: instant,
  complete: z.boolean(),
  calls: z.int(),
  /** Calls whose result nobody knows, because the breaker refused them: taken for what the call before came to. */
  assumed: z.int(),
  active: replayView,
  proposed: replayView,
  text: z.string(),
});
export type PreviewView = z.infer<typeof previewView>;

export const validationView = z.object({
  valid: z.boolean(),
  errors: z.array(settingProblem),
  changes: z.array(settingChange),
  /** Breakers that forget what they have counted. */
  empties_windows: z.array(z.string()),
  previews: z.array(previewView),
});
export type ValidationView = z.infer<typeof validationView>;

export const revisionList = z.object({ revisions: z.array(revisionView) });
export const revisionDiff = z.object({ from: z.int(), to: z.int(), changes: z.array(settingChange) });
export const restoreOrder = z.object({ reason, break_glass: breakGlass });

/** A setting as three people see it: who began, who saved meanwhile, and who wants to save now. */
export const threeWay = z.object({
  pointer: z.string(),
  code: z.enum(['conflict', 'yours', 'theirs', 'same']),
  base: z.number().nullable(),
  theirs: z.number().nullable(),
  yours: z.number().nullable(),
  message: z.string(),
});
export type ThreeWay = z.infer<typeof threeWay>;
