import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { encodeQR } from 'qr';

/** Width of the light border, in modules: phones need it to find the code (ISO/IEC 18004). */
const quietZone = 4;

/** Shows text as a QR code. Dark on white even in the dark theme, because phones can't read other colours. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { size, path } = useMemo(() => drawing(text), [text]);
  return (
    <svg class="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
      <rect class="qr-code-ground" width={size} height={size} />
      <path class="qr-code-modules" d={path} />
    </svg>
  );
}

/** Draws all dark modules as one path, with a rectangle for each horizontal run. */
function drawing(text: string): { readonly size: number; readonly path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });
  const runs = rows.flatMap((row, y) =>
    row.flatMap((dark, x) => {
      if (!dark || row[x - 1] === true) return [];
      const end = row.indexOf(false, x);
      const width = (end === -1 ? row.length : end) - x;
      return [`M${x} ${y}h${width}v1h-${width}z`];
    }),
  );
  return { size: rows.length, path: runs.join('') };
}
