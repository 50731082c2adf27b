import { useState } from 'preact/hooks';
import { Button, Card, CheckboxField, SelectField, TextField } from '@dualbrake/kit';
import type { FaultList, StopCondition } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { drillSentence, startDrill, stopText, type DrillDraft } from '../../actions/drill-actions.ts';

const kinds = [
  { value: 'error', label: 'Error: calls fail immediately' },
  { value: 'delay', label: 'Delay: calls take longer' },
  { value: 'hang', label: 'Hang: calls never answer' },
] as const;
const errorClasses = [
  { value: 'system', label: 'system: the dependency is failing' },
  { value: 'transient', label: 'transient: may succeed a moment later' },
  { value: 'persistent', label: 'persistent: fails every time' },
] as const;
const durations = ['1', '2', '5', '10', '15'].map((value) => ({ value, label: `${value} min` }));

type DrillFormProps = Readonly<{
  points: FaultList['places'];
  nameOf: (id: string) => string;
  refresh: () => Promise<void>;
}>;

/** Where to inject which fault, for how long, and what stops it early. Nothing starts before the dialog is confirmed. */
export function DrillForm({ points, nameOf, refresh }: DrillFormProps) {
  const [target, setTarget] = useState('');
  const [kind, setKind] = useState<DrillDraft['kind']>('error');
  const [errorClass, setErrorClass] = useState<DrillDraft['class']>('system');
  const [delayMs, setDelayMs] = useState('1000');
  const [percent, setPercent] = useState('100');
  const [minutes, setMinutes] = useState('2');
  const [selected, setSelected] = useState<readonly string[]>(['loop_delay']);
  const [problems, setProblems] = useState<Problems>({});
  const point = points.find(({ id }) => id === target) ?? points[0];
  if (point === undefined) return null;
  const conditions = conditionsOf(point.breakers);
  const draft: DrillDraft = {
    target: point.id,
    kind,
    class: errorClass,
    delayMs: Number(delayMs),
    percent: Number(percent),
    minutes: Number(minutes),
    stopConditions: conditions.filter((condition) => selected.includes(keyOf(condition))),
  };
  const start = (): void => {
    const found = problemsOf(draft);
    setProblems(found);
    if (Object.keys(found).length === 0) openAction(startDrill(draft, point.used_by, nameOf, () => void refresh()));
  };
  const number = { inputmode: 'numeric', autocomplete: 'off' } as const;
  return (
    <Card title="Start a drill">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <div class="field-grid">
          <SelectField
            label="Target"
            value={point.id}
            options={points.map(({ id, name, used_by: usedBy }) => ({
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
            <TextField
              {...number}
              label="Delay (ms)"
              hint="1 to 60,000"
              value={delayMs}
              problem={problems.delay}
              onInput={setDelayMs}
            />
          )}
          <TextField
            {...number}
            label="Share of calls (%)"
            hint="1 to 100"
            value={percent}
            problem={problems.percent}
            onInput={setPercent}
          />
          <SelectField label="Duration" value={minutes} options={durations} onChange={setMinutes} />
        </div>
        <fieldset class="drill-stops stack">
          <legend>Stop early</legend>
          {conditions.map((condition) => {
            const key = keyOf(condition);
            return (
              <CheckboxField
                key={key}
                label={stopText(condition, nameOf)}
                checked={selected.includes(key)}
                onChange={(on) => setSelected([...selected.filter((each) => each !== key), ...(on ? [key] : [])])}
              />
            );
          })}
          {problems.stop !== undefined && (
            <p class="field-problem" role="alert">
              {problems.stop}
            </p>
          )}
        </fieldset>
        <p class="muted">{drillSentence(draft)}</p>
        <div class="button-row">
          <Button type="submit" variant="danger">
            Start drill…
          </Button>
        </div>
      </form>
    </Card>
  );
}

function conditionsOf(breakers: readonly string[]): readonly StopCondition[] {
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

interface Problems {
  readonly delay?: string;
  readonly percent?: string;
  readonly stop?: string;
}

function problemsOf({ kind, delayMs, percent, stopConditions }: DrillDraft): Problems {
  const isDelay = Number.isFinite(delayMs) && delayMs >= 1 && delayMs <= 60_000;
  const isShare = Number.isFinite(percent) && percent > 0 && percent <= 100;
  return {
    ...(kind === 'delay' && !isDelay && { delay: 'Enter a number from 1 to 60,000.' }),
    ...(!isShare && { percent: 'Enter a number from 1 to 100.' }),
    ...(stopConditions.length === 0 && { stop: 'Select at least one: a drill must be able to stop automatically.' }),
  };
}
