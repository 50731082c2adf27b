import { Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';

const groups: readonly { readonly title: string; readonly keys: readonly (readonly [keys: string, what: string])[] }[] =
  [
    {
      title: 'On a lesson or a time',
      keys: [
        ['↑ ↓', 'the next quarter hour or lesson'],
        ['← →', 'the next instructor, car or day'],
        ['Shift ↑ ↓', 'an hour'],
        ['Page up, Page down', 'the previous or next lesson'],
        ['Home, End', 'the first or last lesson of the column'],
        ['Enter', 'open the lesson, or book this time'],
        ['Delete', 'cancel the lesson'],
      ],
    },
    {
      title: 'Moving a lesson',
      keys: [
        ['m', 'lift it'],
        ['← ↑ ↓ →', 'move it'],
        ['Enter', 'drop it'],
        ['Escape', 'put it back'],
        ['u', 'undo the last change, for ten minutes'],
      ],
    },
    {
      title: 'On the page',
      keys: [
        ['t', 'today'],
        ['p, n', 'the previous or next day or week'],
        ['d, w', 'day or week'],
        ['i, c', 'by instructor or by car'],
        ['b', 'book a lesson'],
        ['↓', 'into the calendar'],
        ['?', 'this list'],
      ],
    },
  ];

/** Lists the keys of the calendar. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {groups.map(({ title, keys }) => (
        <section key={title} class="key-group">
          <h3>{title}</h3>
          <dl>
            {keys.map(([combination, what]) => (
              <div key={combination}>
                <dt>
                  <kbd>{combination}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
