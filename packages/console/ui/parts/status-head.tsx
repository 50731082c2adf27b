import { StatusMark } from '@dualbrake/kit';
import type { Look } from '../words/words.ts';

/** Name and state of a row, at its top. */
export function StatusHead({
  name,
  href,
  look,
}: {
  readonly name: string;
  readonly href: string;
  readonly look: Look;
}) {
  return (
    <div class="status-head">
      <h3>
        <a href={href} data-row>
          {name}
        </a>
      </h3>
      <StatusMark shape={look.shape} tone={look.tone}>
        {look.word}
      </StatusMark>
    </div>
  );
}
