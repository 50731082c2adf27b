import { Badge, Button, Card, DataList, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { addDays } from '../../contract/parsers.ts';
import { ruleNumberNames, ruleNumbers, ruleNumberText } from '../../contract/rule-numbers.ts';
import type { RuleSet } from '../../contract/rule-sets.ts';
import { schoolDay } from '../courses/course-text.ts';
import '../courses/courses.css';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SettingsHeader } from '../settings/settings-header.tsx';
import { useResource } from '../platform/use-resource.ts';
import { disabledReason, user } from '../session.ts';
import { dayText } from '../students/student-text.ts';
import { ruleApi } from './rule-api.ts';
import { RuleSetDialog } from './rule-set-dialog.tsx';

type Open = { readonly kind: 'add' } | { readonly kind: 'remove'; readonly set: RuleSet };

/** The numbers of the rules in plain words. The owner dates changes; the office reads them. */
export function RulesPage(): JSX.Element {
  const sets = useResource(ruleApi.ruleSets);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const known = sets.value;
  const current = known?.data.find(({ state }) => state === 'current');
  const isOwner = user.value?.role === 'owner';

  return (
    <div class="page">
      <SettingsHeader
        title="Rules"
        description="The limits that bookings are checked against. The first ones are those that schools in Ontario publish; confirm them with the ministry."
        actions={
          isOwner && (
            <Button
              variant="primary"
              icon="plus"
              disabledReason={
                disabledReason.value ?? (current === undefined ? 'The rules are not loaded yet.' : undefined)
              }
              onClick={() => setOpen({ kind: 'add' })}
            >
              Change the rules
            </Button>
          )
        }
      />
      <RefreshFailure resource={sets} title="The rules could not be refreshed" />
      <ResourceView resource={sets} name="The rules">
        {({ data }) => (
          <div class="rule-list">
            {data.map((set) => (
              <RuleSetCard
                key={set.id}
                set={set}
                before={data[data.indexOf(set) + 1]}
                onRemove={isOwner && set.state === 'future' ? () => setOpen({ kind: 'remove', set }) : undefined}
              />
            ))}
          </div>
        )}
      </ResourceView>
      {open?.kind === 'add' && current !== undefined && known !== undefined && (
        <RuleSetDialog
          current={current}
          tomorrow={addDays(schoolDay(known.as_of), 1)}
          onSaved={() => {
            close();
            void sets.load();
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <ConfirmAction
          title={`Delete ${open.set.name}?`}
          confirmLabel="Delete"
          danger
          text={`The earlier rules stay in effect after ${dayText(open.set.effective_from)}.`}
          action={async () => {
            await ruleApi.remove(open.set.id);
            notify(`${open.set.name} was deleted.`);
            close();
            await sets.load();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

/** The days and numbers of a set. Of sets that don't hold today, the numbers that differ from those before. */
function RuleSetCard({
  set,
  before,
  onRemove,
}: {
  readonly set: RuleSet;
  readonly before: RuleSet | undefined;
  readonly onRemove: (() => void) | undefined;
}): JSX.Element {
  const shown = ruleNumberNames.filter(
    (name) => set.state === 'current' || before === undefined || set.rules[name] !== before.rules[name],
  );
  return (
    <Card
      title={set.state === 'current' ? 'Today' : `From ${dayText(set.effective_from)}`}
      flush
      actions={
        <>
          <span class="muted">{set.name}</span>
          {set.state === 'past' && <Badge shape="dotted">Past</Badge>}
          {set.state === 'future' && <Badge tone="info">Planned</Badge>}
          {onRemove !== undefined && (
            <Button size="small" variant="danger-quiet" disabledReason={disabledReason.value} onClick={onRemove}>
              Delete
            </Button>
          )}
        </>
      }
    >
      <DataList
        facts={[
          { name: 'Days', value: daysText(set) },
          ...shown.map((name) => ({
            name: ruleNumbers[name].label,
            value: (
              <>
                <strong class="numbers">{ruleNumberText(name, set.rules[name])}</strong>
                {set.state !== 'current' && before !== undefined && (
                  <span class="muted"> instead of {ruleNumberText(name, before.rules[name])}</span>
                )}
                <div class="muted">{ruleNumbers[name].about}</div>
              </>
            ),
          })),
          ...(shown.length === 0 ? [{ name: 'Numbers', value: 'The same as before.' }] : []),
        ]}
      />
    </Card>
  );
}

function daysText({ effective_from: from, effective_to: to }: RuleSet): string {
  return to === null ? `From ${dayText(from)}` : `${dayText(from)} to ${dayText(to)}`;
}
