import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button, Card, Field } from '@dualbrake/kit';
import type { ConfigView, PreviewView } from '../../../src/contract.ts';
import { Facts } from '../../parts/facts.tsx';
import { Term } from '../../parts/term.tsx';
import { settingName, settingValue } from '../../words/setting-words.ts';
import { draft, type } from './draft-store.ts';
import { keyOf, rangeText, unitText, type Member } from './draft.ts';
import { Preview } from './preview.tsx';

/** The settings of one breaker or retry: to read, and to change on request. */
export function MemberCard({
  member,
  config,
  mayEdit,
  isWanted,
  preview,
  problems,
}: {
  readonly member: Member;
  readonly config: ConfigView;
  readonly mayEdit: boolean;
  readonly isWanted: boolean;
  /** What the draft would have done, once the server has said. */
  readonly preview: PreviewView | undefined;
  /** By member and setting. */
  readonly problems: Readonly<Record<string, string>>;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(isWanted);
  useEffect(() => {
    if (isWanted) frame.current?.scrollIntoView({ block: 'nearest' });
  }, [isWanted]);
  const hasDraft = draft.value?.entries.some((entry) => entry.member === member.id) ?? false;
  const isOpen = mayEdit && (opened || hasDraft);
  const name = memberName(member);
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
            <div class="setting-grid">
              {Object.keys(member.spec).map((setting) => (
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
            facts={Object.keys(member.spec).map((setting) => ({
              name: settingName(setting, member.spec),
              value: <Value member={member} setting={setting} />,
            }))}
          />
        )}
      </Card>
    </div>
  );
}

/** Retries have no name of their own: their pipeline's is said with it. */
export function memberName({ id, name, kind }: Member): string {
  return name === kind ? id : name;
}

function Value({ member, setting }: { readonly member: Member; readonly setting: string }) {
  const value = member.values[setting] ?? null;
  const code = member.code[setting];
  return (
    <>
      {settingValue(setting, value)}
      {code !== undefined && code !== value && (
        <span class="muted"> changed; code default: {settingValue(setting, code)}</span>
      )}
    </>
  );
}

function Setting({
  member,
  setting,
  config,
  problem,
}: {
  readonly member: Member;
  readonly setting: string;
  readonly config: ConfigView;
  readonly problem: string | undefined;
}) {
  const spec = member.spec[setting];
  const value = member.values[setting];
  const code = member.code[setting];
  if (spec === undefined || value === undefined) return null;
  const entry = draft.value?.entries.find((each) => each.member === member.id && each.setting === setting);
  const isBack = entry?.text === null;
  const shown = entry === undefined ? String(value) : (entry.text ?? String(code ?? spec.default));
  const unit = unitText(spec.unit).trim();
  return (
    <div class="setting" data-changed={entry === undefined ? undefined : ''}>
      <Field
        label={`${settingName(setting, member.spec)}${unit === '' ? '' : `, ${unit}`}`}
        problem={problem}
        hint={
          <>
            {rangeText(spec)}
            {spec.unit === 'ms' && value >= 1_000 && <> · now {settingValue(setting, value)}</>}
            {code !== undefined && code !== value && <> · code default: {settingValue(setting, code)}</>}
            {spec.applies === 'empties_window' && (
              <>
                {' · '}
                <Term term="empties-window">empties the window</Term>
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
            aria-label={`${settingName(setting, member.spec)} of ${member.name}${unit === '' ? '' : `, ${unit}`}`}
            value={shown}
            onInput={(event) => type(config, member.id, setting, event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="setting-foot">
        {entry !== undefined && (
          <Badge tone="info">{isBack ? 'code default' : `was ${settingValue(setting, value)}`}</Badge>
        )}
        {entry !== undefined && (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Undo the change of ${settingName(setting, member.spec)} of ${member.name}`}
            onClick={() => type(config, member.id, setting, undefined)}
          >
            Undo
          </Button>
        )}
        {entry === undefined && code !== undefined && code !== value && (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Use the code default for ${settingName(setting, member.spec)} of ${member.name}`}
            onClick={() => type(config, member.id, setting, null)}
          >
            Use code default
          </Button>
        )}
      </div>
    </div>
  );
}
