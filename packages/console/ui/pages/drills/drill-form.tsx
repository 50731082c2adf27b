import { useState } from 'preact/hooks';
import { Button, Card, CheckboxField, Field, SelectField } from '@dualbrake/kit';
import type { FaultList, StopCondition } from '../../../src/contract.ts';
import { ask } from '../../orders/current-order.ts';
import { drillSentence, startDrill, stopText, type DrillDraft } from '../../orders/drill-orders.ts';
import { sentence } from '../../words/words.ts';

const kinds = [
  { value: 'error', label: 'Error: calls fail immediately' },
  { value: 'delay', label: 'Delay: calls take longer' },
  { value: 'hang', label: 'Hang: calls never answer' },
] as const;
const errorClasses = [
  { value: 'system', label: 'system: the dependency is failing' },
  { value: 'transient', label: 'transient: may work in a moment' },
  { value: 'persistent', label: 'persistent: fails each time' },
] as const;

/** What is to break, how, how much, for how long, and what ends it early. Nothing starts before the dialog. */
export function DrillForm({
  places,
  nameOf,
  refresh,
}: {
  readonly places: FaultList['places'];
  readonly nameOf: (id: string) => string;
  readonly refresh: () => Promise<void>;
}) {
  const [target, setTarget] = useState(places[0]?.id ?? '');
  const [kind, setKind] = useState<DrillDraft['kind']>('error');
  const [errorClass, setErrorClass] = useState<DrillDraft['class']>('system');
  const [delayMs, setDelayMs] = useState('1000');
  const [percent, setPercent] = useState('100');
  const [minutes, setMinutes] = useState('2');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['loop_delay']));
  const [problems, setProblems] = useState<{ delay?: string; percent?: string; stop?: string }>({});
  const spot = places.find(({ id }) => id === target) ?? places[0];
  if (spot === undefined) return null;
  const offered = offeredConditions(spot.breakers);
  const stopConditions = offered.filter((condition) => chosen.has(keyOf(condition)));
  const draft: DrillDraft = {
    target: spot.id,
    kind,
    class: errorClass,
    delayMs: Number(delayMs),
    percent: Number(percent),
    minutes: Number(minutes),
    stopConditions,
  };
  const start = (): void => {
    const found = problemsOf(draft);
    setProblems(found);
    if (Object.keys(found).length === 0) ask(startDrill(draft, spot.used_by, nameOf, () => void refresh()));
  };
  return (
    <Card title="Start a drill">
      <form
        class="drill-form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <div class="drill-grid">
          <SelectField
            label="Target"
            value={spot.id}
            options={places.map(({ id, name, used_by: usedBy }) => ({
              value: id,
              label: `${name}, in ${usedBy.join(', ')}`,
            }))}
            onChange={setTarget}
          />
          <SelectField label="Fault" value={kind} options={kinds} onChange={setKind} />
          {kind === 'error' && (
            <SelectField label="Error class" value={errorClass} options={errorClasses} onChange={setErrorClass} />
          )}
          {kind === 'delay' && (
            <NumberField
              label="Delay (ms)"
              hint="1 to 60,000"
              value={delayMs}
              problem={problems.delay}
              onInput={setDelayMs}
            />
          )}
          <NumberField
            label="Share of calls (%)"
            hint="1 to 100"
            value={percent}
            problem={problems.percent}
            onInput={setPercent}
          />
          <SelectField
            label="Duration"
            value={minutes}
            options={['1', '2', '5', '10', '15'].map((value) => ({ value, label: `${value} min` }))}
            onChange={setMinutes}
          />
        </div>
        <fieldset class="drill-stops">
          <legend>Stop early</legend>
          {offered.map((condition) => {
            const key = keyOf(condition);
            return (
              <CheckboxField
                key={key}
                label={stopText(condition, nameOf)}
                checked={chosen.has(key)}
                onChange={(on) => {
                  const next = new Set(chosen);
                  if (on) next.add(key);
                  else next.delete(key);
                  setChosen(next);
                }}
              />
            );
          })}
          {problems.stop !== undefined && (
            <p class="field-problem" role="alert">
              {problems.stop}
            </p>
          )}
        </fieldset>
        <p class="muted">{sentence(drillSentence(draft)).replace(/^./, (first) => first.toUpperCase())}</p>
        <div class="button-row">
          <Button type="submit" variant="danger">
            Start drill…
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** What may end a drill early here. */
function offeredConditions(breakers: readonly string[]): readonly StopCondition[] {
  return [
    { type: 'loop_delay', above_ms: 500 },
    ...breakers.flatMap((breaker): StopCondition[] => [
      { type: 'breaker_opens', breaker },
      { type: 'failure_ratio', breaker, above: 0.9 },
    ]),
  ];
}

function keyOf(condition: StopCondition): string {
  return condition.type === 'loop_delay' ? condition.type : `${condition.type} ${condition.breaker}`;
}

function problemsOf({ kind, delayMs, percent, stopConditions }: DrillDraft): {
  delay?: string;
  percent?: string;
  stop?: string;
} {
  const isDelay = Number.isFinite(delayMs) && delayMs >= 1 && delayMs <= 60_000;
  const isShare = Number.isFinite(percent) && percent > 0 && percent <= 100;
  return {
    ...(kind === 'delay' && !isDelay ? { delay: 'Enter a number from 1 to 60,000.' } : {}),
    ...(isShare ? {} : { percent: 'Enter a number from 1 to 100.' }),
    ...(stopConditions.length === 0 ? { stop: 'Select at least one: a drill must be able to stop by itself.' } : {}),
  };
}

function NumberField(props: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onInput: (text: string) => void;
}) {
  const { label, hint, value, problem, onInput } = props;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(control) => (
        <input
          {...control}
          class="control"
          inputmode="decimal"
          autocomplete="off"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
