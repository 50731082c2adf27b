/** A calendar file that was read back. */
export interface ParsedCalendar {
  readonly properties: Readonly<Record<string, string>>;
  readonly events: readonly Readonly<Record<string, string>>[];
}

/**
 * Reads a calendar file strictly, as RFC 5545 defines it. Written for tests, from the document and not from the writer.
 *
 * @throws Error when a line is not valid
 */
export function parseCalendar(text: string): ParsedCalendar {
  if (!text.endsWith('\r\n')) throw new Error('The last line has no end.');
  const lines: string[] = [];
  for (const line of text.slice(0, -2).split('\r\n')) {
    // A line that begins with a space or a tab continues the one before it.
    if (/^[ \t]/.test(line)) lines.push(`${lines.pop() ?? ''}${line.slice(1)}`);
    else lines.push(line);
  }
  const properties: Record<string, string> = {};
  const events: Record<string, string>[] = [];
  const open: string[] = [];
  for (const line of lines) {
    const parts = /^(?<name>[A-Z-]+)(?:;[A-Z-]+=[^;:]+)*:(?<value>[^]*)$/.exec(line)?.groups;
    if (parts === undefined) throw new Error(`Not a property: ${JSON.stringify(line)}`);
    const { name = '', value = '' } = parts;
    if (name === 'BEGIN') {
      open.push(value);
      if (value === 'VEVENT') events.push({});
    } else if (name === 'END') {
      if (open.pop() !== value) throw new Error(`Not open: ${value}`);
    } else {
      const target = open.at(-1) === 'VEVENT' ? (events.at(-1) ?? {}) : properties;
      if (name in target) throw new Error(`Twice: ${name}`);
      target[name] = unescaped(value);
    }
  }
  if (open.length > 0) throw new Error(`Never closed: ${open.join()}`);
  return { properties, events };
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' || letter === 'N' ? '\n' : letter));
}
