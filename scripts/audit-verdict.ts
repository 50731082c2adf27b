/** The verdict on a run of `npm audit`, for continuous integration. */
export interface AuditVerdict {
  /** One line per finding, or one sentence. */
  readonly text: string;
  readonly failed: boolean;
}

interface AuditReport {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

/** Severities that fail the check. */
const grave = new Set(['high', 'critical']);

/** @param output of `npm audit --json` */
export function verdictOf(output: string): AuditVerdict {
  const report = parse(output);
  if (report?.vulnerabilities === undefined) {
    // npm's message names the address of the service, which is nobody's business in a log.
    const reason = /^(\d{3} [\w ]+?)(?: -|$)/.exec(report?.message ?? '')?.[1] ?? 'no answer';
    return { text: `Not checked: the advisory service can't be reached (${reason}).`, failed: false };
  }
  const found = Object.entries(report.vulnerabilities).filter(([, { severity }]) => grave.has(severity));
  if (found.length === 0) return { text: 'No known vulnerability of severity high or critical.', failed: false };
  const lines = found.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`);
  return {
    text: [...lines, 'Update these packages: `npm audit` tells which versions are safe.'].join('\n'),
    failed: true,
  };
}

function parse(output: string): AuditReport | undefined {
  try {
    return JSON.parse(output) as AuditReport;
  } catch {
    return undefined;
  }
}
