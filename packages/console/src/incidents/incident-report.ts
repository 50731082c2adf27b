import type { IncidentDetail } from '../contract.ts';
import { durationText } from '../views/duration-text.ts';

/** An incident as Markdown. */
export function incidentReport(incident: IncidentDetail, environment: string): string {
  const facts: readonly (readonly [string, string])[] = [
    ['State', incident.state],
    ['Severity', incident.severity],
    ['Opened', incident.opened_at],
    [
      'Acknowledged',
      incident.acknowledged_at === null ? 'no' : `${incident.acknowledged_at} by ${incident.acknowledged_by ?? ''}`,
    ],
    [
      'Resolved',
      incident.resolved_at === null ? 'not yet' : `${incident.resolved_at} by ${incident.resolved_by ?? ''}`,
    ],
    ['Time to detect', maybe(incident.detect_ms)],
    ['Time to acknowledge', maybe(incident.acknowledge_ms)],
    ['Time to recover', maybe(incident.recover_ms)],
    ['Flaps', String(incident.flaps)],
    ...(environment === '' ? [] : [['Environment', environment] as const]),
  ];
  return [
    `# Incident ${incident.number}: ${cell(incident.title)}`,
    '',
    ...(incident.drill ? ['**A drill.** It does not count towards recovery times.', ''] : []),
    cell(incident.verdict),
    '',
    table(['', ''], facts),
    '',
    '## What failed',
    '',
    table(
      ['Breaker', 'Cause', 'First failure', 'Opened', 'Closed', 'Flaps', 'Why'],
      incident.members.map((member) => [
        member.name,
        member.cause,
        member.first_failure_at ?? '—',
        member.opened_at,
        member.closed_at ?? '—',
        String(member.flaps),
        member.cause === 'operator' ? `Isolated by ${member.actor ?? 'an operator'}: ${member.reason}` : member.reason,
      ]),
    ),
    '',
    '## Likely causes',
    '',
    incident.causes.length === 0
      ? 'Nothing is known from shortly before the opening.'
      : table(
          ['Time', 'Kind', 'What', 'Before the opening', 'Correlation'],
          incident.causes.map(({ at, kind, text, before_ms: before, correlation_id: correlation }) => [
            at,
            kind,
            text,
            before >= 0 ? durationText(before) : `${durationText(-before)} after`,
            correlation ?? '—',
          ]),
        ),
    '',
    '## Errors during the incident',
    '',
    incident.errors.length === 0
      ? 'None.'
      : table(
          ['At', 'Class', 'Type', 'Count', 'First seen', 'Last seen', 'Sample'],
          incident.errors.map((error) => [
            error.source,
            error.class,
            error.type,
            String(error.count),
            error.first_seen_at,
            error.last_seen_at,
            error.sample?.correlation_id ?? '—',
          ]),
        ),
    '',
    '## Timeline',
    '',
    table(['Time', 'What', 'Who', 'Correlation'], timelineRows(incident)),
    '',
  ].join('\n');
}

/** A fold is one row; the JSON export has every change. */
function timelineRows({ timeline, folds }: IncidentDetail): string[][] {
  const shown = new Set<number>();
  return timeline.flatMap(({ at, kind, text, actor, correlation_id: correlation, fold }) => {
    const folded = fold === null ? undefined : folds[fold];
    if (fold === null || folded === undefined) return [[at, `${kind}: ${text}`, actor ?? '—', correlation ?? '—']];
    if (shown.has(fold)) return [];
    shown.add(fold);
    return [[at, `${kind}: ${folded.text} until ${folded.to}`, '—', '—']];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(tableRow)].join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Escapes user input. */
function cell(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]<>#|]/g, (character) => `\\${character}`)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function maybe(ms: number | null): string {
  return ms === null ? '—' : durationText(ms);
}
