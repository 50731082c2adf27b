import type { IncidentDetail } from '../contract.ts';
import { durationText } from './incident-view.ts';

/** An incident as Markdown, to be handed in. */
export function incidentReport(incident: IncidentDetail, environment: string): string {
  const facts: readonly (readonly [string, string])[] = [
    ['State', incident.state],
    ['Severity', incident.severity],
    ['Opened', incident.opened_at],
    [
      'Acknowledged',
      incident.acknowledged_at === null ? '—' : `${incident.acknowledged_at} by ${incident.acknowledged_by ?? ''}`,
    ],
    ['Resolved', incident.resolved_at === null ? '—' : `${incident.resolved_at} by ${incident.resolved_by ?? ''}`],
    ['Time to detect', maybe(incident.detect_ms)],
    ['Time to acknowledge', maybe(incident.acknowledge_ms)],
    ['Time to recover', maybe(incident.recover_ms)],
    ['Flaps', String(incident.flaps)],
    ...(environment === '' ? [] : [['Environment', environment] as const]),
  ];
  return [
    `# Incident ${incident.number}: ${cell(incident.title)}`,
    '',
    ...(incident.drill ? ['**A drill.** It does not count towards times to recovery.', ''] : []),
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
        member.reason,
      ]),
    ),
    '',
    '## Errors',
    '',
    incident.errors.length === 0
      ? 'None was seen.'
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
    table(
      ['Time', 'What', 'Who', 'Correlation'],
      incident.timeline.map(({ at, kind, text, actor, correlation_id: correlation }) => [
        at,
        `${kind}: ${text}`,
        actor ?? '—',
        correlation ?? '—',
      ]),
    ),
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(tableRow)].join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Nothing that people wrote changes how the page is built. */
function cell(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]<>#|]/g, (character) => `\\${character}`)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function maybe(ms: number | null): string {
  return ms === null ? '—' : durationText(ms);
}
