import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button, Card, Field } from '@dualbrake/kit';
import type { ConfigView, PreviewView } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Term } from '../../parts/term.tsx';
import { settingName, settingValue } from '../../words/setting-words.ts';
import { clockText, durationText, numberText } from '../../words/words.ts';
import { draft, edit } from './draft-store.ts';
import { keyOf, rangeText, unitText, type Member } from './draft.ts';

interface MemberCardProps {
  readonly member: Member;
  readonly config: ConfigView;
  readonly mayEdit: boolean;
  readonly isWanted: boolean;
  /** Estimated effect of the draft, once the server has computed it. */
  readonly preview: PreviewView | undefined;
  /** By member and setting. */
  readonly problems: Readonly<Record<string, string>>;
}

/** The settings of one breaker or retry: to read, and to change on request. */
export function MemberCard({ member, config, mayEdit, isWanted, preview, problems }: MemberCardProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(isWanted);
  useEffect(() => {
    if (isWanted) frame.current?.scrollIntoView({ block: 'nearest' });
  }, [isWanted]);
  const hasDraft = draft.value?.entries.some((entry) => entry.member === member.id) ?? false;
  const isOpen = mayEdit && (opened || hasDraft);
  // Retries without a name of their own are called by their ID, which contains the pipeline.
  const name = member.name === member.kind ? member.id : member.name;
  const settings = Object.keys(member.spec);
  return (
    <div ref={frame} data-member={member.id}>
      <Card
        title={name}
        actions={
          <>
            <span class="muted">
              {[member.kind.replaceAll('-', ' '), name === member.id ? '' : member.id].filter(Boolean).join(' · ')}
            </span>
            {mayEdit && !hasDraft && (
              <Button
                size="small"
                aria-expanded={isOpen}
                aria-label={`${isOpen ? 'Close' : 'Change'} ${name}`}
                onClick={() => setOpened(!opened)}
              >
                {isOpen ? 'Close' : 'Change'}
              </Button>
            )}
          </>
        }
      >
        {isOpen ? (
          <>
            <div class="field-grid">
              {settings.map((setting) => (
                <Setting
                  key={setting}
                  member={member}
                  setting={setting}
                  config={config}
                  problem={problems[keyOf({ member: member.id, setting })]}
                />
              ))}
            </div>
            {hasDraft && preview !== undefined && <Preview preview={preview} name={name} />}
          </>
        ) : (
          <Facts
            facts={settings.map((setting) => ({
              name: settingName(setting, member.spec),
              value: <Value member={member} setting={setting} />,
            }))}
          />
        )}
      </Card>
    </div>
  );
}

function Value({ member: { values, code }, setting }: Readonly<{ member: Member; setting: string }>) {
  const value = values[setting] ?? null;
  const codeValue = code[setting] ?? value;
  return (
    <>
      {settingValue(setting, value)}
      {codeValue !== value && <span class="muted"> changed; code default: {settingValue(setting, codeValue)}</span>}
    </>
  );
}

type SettingProps = Readonly<{ member: Member; setting: string; config: ConfigView; problem: string | undefined }>;

function Setting({ member, setting, config, problem }: SettingProps) {
  const spec = member.spec[setting];
  const value = member.values[setting];
  if (spec === undefined || value === undefined) return null;
  const code = member.code[setting];
  const isChanged = code !== undefined && code !== value;
  const entry = draft.value?.entries.find((each) => each.member === member.id && each.setting === setting);
  const shown = entry === undefined ? value : (entry.text ?? code ?? spec.default);
  const name = settingName(setting, member.spec);
  const unit = unitText(spec.unit).trim();
  const unitSuffix = unit === '' ? '' : `, ${unit}`;
  const write = (text: string | null | undefined): void => edit(config, member.id, setting, text);
  return (
    <div class="setting" data-changed={entry === undefined ? undefined : ''}>
      <Field
        label={`${name}${unitSuffix}`}
        problem={problem}
        hint={
          <>
            {rangeText(spec)}
            {spec.unit === 'ms' && value >= 1_000 && <> · now {settingValue(setting, value)}</>}
            {isChanged && <> · code default: {settingValue(setting, code)}</>}
            {spec.applies === 'empties_window' && (
              <>
                {' · '}
                <Term term="Empties the window">empties the window</Term>
              </>
            )}
          </>
        }
      >
        {(control) => (
          <input
            {...control}
            class="control numbers"
            inputmode="decimal"
            autocomplete="off"
            spellcheck={false}
            aria-label={`${name} of ${member.name}${unitSuffix}`}
            value={String(shown)}
            onInput={(event) => write(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="button-row">
        {entry !== undefined && (
          <>
            <Badge tone="info">{entry.text === null ? 'code default' : `was ${settingValue(setting, value)}`}</Badge>
            <Button
              size="small"
              variant="quiet"
              aria-label={`Undo the change of ${name} of ${member.name}`}
              onClick={() => write(undefined)}
            >
              Undo
            </Button>
          </>
        )}
        {entry === undefined && isChanged && (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Use the code default for ${name} of ${member.name}`}
            onClick={() => write(null)}
          >
            Use code default
          </Button>
        )}
      </div>
    </div>
  );
}

type Replay = PreviewView['active'];

const previewRows: readonly (readonly [name: string, text: (replay: Replay) => string])[] = [
  ['Opened', ({ openings }) => numberText(openings)],
  ['Blocked', ({ refused }) => numberText(refused)],
  ['Failures let through', ({ failures_let_through: count }) => numberText(count)],
  ['Successes blocked', ({ successes_refused: count }) => numberText(count)],
  ['Time open', ({ open_ms: ms }) => durationText(ms)],
];

/** Estimated effect of the draft on the traffic of the last hour. */
function Preview({ preview, name }: Readonly<{ preview: PreviewView; name: string }>) {
  const { text, active, proposed, calls, from, to, complete, assumed } = preview;
  return (
    <section class="setting-preview stack" aria-label={`Preview for ${name}`}>
      <h3>
        Preview: <Term term="Preview">an estimate</Term>
      </h3>
      <p>{text}</p>
      <DataTable
        caption="Active settings and your draft"
        rows={previewRows}
        rowKey={([row]) => row}
        columns={(col) => [
          col.of('Last hour', ([row]) => row),
          col.number('Active', ([, textOf]) => textOf(active)),
          col.number('Your draft', ([, textOf]) => textOf(proposed)),
        ]}
      />
      <p class="status-detail">
        {numberText(calls)} calls from {clockText(from)} to {clockText(to)}
        {!complete && '; nothing earlier was recorded'}.
        {assumed > 0 &&
          ` ${numberText(assumed)} of them were blocked, so their outcome is unknown; the outcome of the previous call is assumed.`}
      </p>
    </section>
  );
}
