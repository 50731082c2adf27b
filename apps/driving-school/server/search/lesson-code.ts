/** The letters and digits of lesson codes. Those that are confused when read aloud or from paper are missing. */
const codeCharacters = '2-9A-HJ-NP-Z';
/** Longest code without `L-`. */
const codeLengthMax = 6;
const codeLengthMin = 4;
/** With more unreadable characters, too many codes match. */
const unreadableMax = 2;

/** Patterns of SQL `LIKE` for the codes that a text may mean. */
export interface CodePatterns {
  /** Whole codes. */
  readonly whole: readonly string[];
  /** Codes with characters that are in no code, so that they were misread: any character matches there. */
  readonly misread: readonly string[];
  /** Beginnings of codes. */
  readonly beginnings: readonly string[];
}

/**
 * Reads a text as a lesson code: `L-7K3F`, `l 7k3f`, `7k3f`, `l7k3f`, and `1-7k3f` or `I-7K3F`, because L, 1 and I look
 * alike. In the code, 0, O, 1 and I match any character.
 */
export function codePatterns(text: string): CodePatterns {
  const compact = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '');
  if (!/^[0-9A-Z]{2,7}$/.test(compact)) return { whole: [], misread: [], beginnings: [] };
  const isLed = /^[L1I]/.test(compact);
  const isMarked = /^\s*[l1i]\s*\p{Pd}/iu.test(text);
  // "L7K3F" is the code L-7K3F, or the end of L-L7K3F.
  const bodies = [...(isLed ? [compact.slice(1)] : []), ...(isMarked ? [] : [compact])];
  return {
    whole: bodies.filter((body) => fits(body) && isReadable(body)).map((body) => `L-${body}`),
    misread: bodies
      .filter((body) => fits(body) && !isReadable(body) && unreadableCount(body) <= unreadableMax)
      .map((body) => `L-${body.replaceAll(/[0O1I]/g, '_')}`),
    beginnings:
      // A word such as "Anna" is a name rather than the beginning of a code.
      isMarked || /\d/.test(compact)
        ? bodies
            .filter((body) => body.length >= 2 && body.length < codeLengthMax && isReadable(body))
            .map((body) => `L-${body}_%`)
        : [],
  };
}

function fits(body: string): boolean {
  return body.length >= codeLengthMin && body.length <= codeLengthMax;
}

function isReadable(body: string): boolean {
  return new RegExp(`^[${codeCharacters}]+$`).test(body);
}

function unreadableCount(body: string): number {
  return body.replaceAll(new RegExp(`[${codeCharacters}]`, 'g'), '').length;
}
