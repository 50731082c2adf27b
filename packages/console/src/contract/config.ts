import { z } from 'zod';
import { breakGlass, instant, reason } from './common.ts';

const numbers = z.record(z.string(), z.number());

/** Settings by member, by name. `null` restores the value in the code. */
const settingsPatch = z.record(z.string().max(300), z.record(z.string().max(100), z.number().nullable()));
export type SettingsPatch = z.infer<typeof settingsPatch>;

/** One setting that differs between two revisions. */
const settingChange = z.object({
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
  /** Values that people have saved instead of those in the code. */
  overrides: z.record(z.string(), numbers),
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
  /** Where revisions are kept: in a `file`, or in `memory`, which a restart clears. */
  persisted: z.enum(['file', 'memory']),
  members: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.string(),
      values: numbers,
      /** The values in the code. */
      code: numbers,
      spec: z.record(
        z.string(),
        z.object({
          min: z.number(),
          max: z.number(),
          unit: z.string(),
          default: z.number(),
          /** `empties_window`: a change discards what was counted so far. */
          applies: z.enum(['now', 'empties_window']),
        }),
      ),
    }),
  ),
  /** Differences between the active revision and the running settings, in sentences. */
  drift: z.array(z.string()),
});
export type ConfigView = z.infer<typeof configView>;

/** `PATCH config`, `If-Match` required */
export const configBody = z.object({
  settings: settingsPatch,
  reason,
  /** For a temporary change: when it is reverted automatically. */
  auto_revert_at: instant.optional(),
  break_glass: breakGlass,
});

/** `POST config/validate` */
export const configDraft = z.object({ settings: settingsPatch });

const settingProblem = z.object({ pointer: z.string(), code: z.string(), message: z.string() });
export type SettingProblem = z.infer<typeof settingProblem>;

/** An estimate of a breaker's behaviour under other settings. */
const replayView = z.object({
  openings: z.int(),
  refused: z.int(),
  failures_let_through: z.int(),
  successes_refused: z.int(),
  open_ms: z.number(),
});

const previewView = z.object({
  breaker: z.string(),
  /** The replayed time: up to an hour, less if less was recorded. */
  from: instant,
  to: instant,
  complete: z.boolean(),
  calls: z.int(),
  /** Rejected calls, whose results are unknown: assumed to be the same as the result before. */
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
  /** Breakers that discard what they have counted. */
  empties_windows: z.array(z.string()),
  previews: z.array(previewView),
});
export type ValidationView = z.infer<typeof validationView>;

export const revisionList = z.object({ revisions: z.array(revisionView) });
export const revisionDiff = z.object({ from: z.int(), to: z.int(), changes: z.array(settingChange) });
export const restoreBody = z.object({ reason, break_glass: breakGlass });

/** A setting in a conflict of two edits: before both, as saved in the meantime, and as requested now. */
export const threeWay = z.object({
  pointer: z.string(),
  code: z.enum(['conflict', 'yours', 'theirs', 'same']),
  base: z.number().nullable(),
  theirs: z.number().nullable(),
  yours: z.number().nullable(),
  message: z.string(),
});
export type ThreeWay = z.infer<typeof threeWay>;
