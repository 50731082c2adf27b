import { useEffect, useRef } from 'preact/hooks';
import { Badge, Button, Card, Field } from '../../../kit/index.ts';
import type { ConfigView } from '../../../src/contract.ts';
import { Term } from '../../parts/term.tsx';
import { settingName } from '../../words/setting-words.ts';
import { draft, type } from './draft-store.ts';
import { keyOf, unitText, type Member } from './draft.ts';

/** The numbers of one breaker or retry. */
export function MemberCard({
  member,
  config,
  mayEdit,
  isWanted,
  problems,
}: {
  readonly member: Member;
  readonly config: ConfigView;
  readonly mayEdit: boolean;
  readonly isWanted: boolean;
  /** By member and setting. */
  readonly problems: Readonly<Record<string, string>>;
}) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isWanted) frame.current?.scrollIntoView({ block: 'nearest' });
  }, [isWanted]);
  return (
    <div ref={frame} data-member={member.id}>
      <Card
        title={member.name}
        actions={<span class="muted">{`${member.kind.replaceAll('-', ' ')} · ${member.id}`}</span>}
      >
        <div class="setting-grid">
          {Object.keys(member.spec).map((setting) => (
            <Setting
              key={setting}
              member={member}
              setting={setting}
              config={config}
              mayEdit={mayEdit}
              problem={problems[keyOf({ member: member.id, setting })]}
            />
          ))}
        </div>
      </Card>
    </div>
  );
}

function Setting({
  member,
  setting,
  config,
  mayEdit,
  problem,
}: {
  readonly member: Member;
  readonly setting: string;
  readonly config: ConfigView;
  readonly mayEdit: boolean;
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
  if (!mayEdit) {
    return (
      <div class="setting">
        <span class="field-label">{settingName(setting)}</span>
        <span class="numbers">
          {value.toLocaleString('en-CA')} {unit}
        </span>
        {code !== undefined && code !== value && <span class="field-hint">changed here; the code says {code}</span>}
      </div>
    );
  }
  return (
    <div class="setting" data-changed={entry === undefined ? undefined : ''}>
      <Field
        label={`${settingName(setting)}${unit === '' ? '' : `, ${unit}`}`}
        problem={problem}
        hint={
          <>
            {spec.min.toLocaleString('en-CA')} to {spec.max.toLocaleString('en-CA')}
            {code !== undefined && code !== value && <> · code: {code}</>}
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
            aria-label={`${settingName(setting)} of ${member.name}${unit === '' ? '' : `, ${unit}`}`}
            value={shown}
            onInput={(event) => type(config, member.id, setting, event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="setting-foot">
        {entry !== undefined && <Badge tone="info">{isBack ? 'as the code says' : `was ${value}`}</Badge>}
        {entry !== undefined && (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Undo the change of ${settingName(setting)} of ${member.name}`}
            onClick={() => type(config, member.id, setting, undefined)}
          >
            Undo
          </Button>
        )}
        {entry === undefined && code !== undefined && code !== value && (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Give ${settingName(setting)} of ${member.name} back to the code`}
            onClick={() => type(config, member.id, setting, null)}
          >
            Give back to the code
          </Button>
        )}
      </div>
    </div>
  );
}
