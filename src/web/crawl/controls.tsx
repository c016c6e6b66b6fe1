/**
 * What I can do, as buttons with names in words: the six steps, strikes, ways; my plan, and being done with it. All that the map can do.
 */

import type { Choice, Choices } from './choices.ts';
import { keyNames } from './keys.ts';
import type { Order } from './orders.ts';
import type { Reckoning } from './plan.ts';
import type { Action } from './seen.ts';
import { actionInWords, directionInWords } from './words.ts';

const arrows = ['→', '↘', '↙', '←', '↖', '↗'] as const;
/** As they lie on the screen. */
const padOrder = [4, 5, 3, 0, 2, 1] as const;

interface Acting {
  readonly act: (actions: readonly Action[]) => void;
}

export function StepPad({
  open,
  step,
  wall,
}: {
  readonly open: readonly number[];
  readonly step: (direction: number) => void;
  readonly wall: (direction: number) => boolean;
}) {
  return (
    <fieldset class="pad">
      <legend class="unseen">Plan a step</legend>
      {padOrder.map((direction) => (
        <button
          key={direction}
          type="button"
          class={`side-${direction}`}
          disabled={!open.includes(direction)}
          onClick={() => step(direction)}
          aria-label={`Step ${directionInWords(direction)}${wall(direction) ? ': a wall' : ''}`}
          data-arrow={arrows[direction]}
          data-key={keyNames[direction]}
        ></button>
      ))}
    </fieldset>
  );
}

export function Strikes({ choices, act }: Acting & { readonly choices: readonly Choice[] }) {
  if (choices.length === 0) return null;
  return (
    <ul class="plain choices" aria-label="Strike">
      {choices.map((choice, index) => (
        <li key={choice.key}>
          <button type="button" class="strike" onClick={() => act(choice.actions)}>
            {choice.label}{' '}
            {index < 9 && (
              <span class="key" aria-hidden="true">
                {index + 1}
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}

export function WhereTo({ goals, places, act }: Acting & Omit<Choices, 'strikes'>) {
  return (
    <>
      <Ways label="Where to" choices={goals} act={act} />
      {places.length > 0 && (
        <details>
          <summary>All places in reach ({places.length})</summary>
          <Ways label="Places in reach" choices={places} act={act} />
        </details>
      )}
    </>
  );
}

/** Beyond so many the map or the steps do better. */
const mostWays = 60;

function Ways({ label, choices, act }: Acting & { readonly label: string; readonly choices: readonly Choice[] }) {
  if (choices.length === 0) return null;
  return (
    <ul class="plain choices ways" aria-label={label}>
      {choices.slice(0, mostWays).map((choice) => (
        <li key={choice.key}>
          <button type="button" class="small" onClick={() => act(choice.actions)}>
            {choice.label}
          </button>
        </li>
      ))}
      {choices.length > mostWays && <li class="quiet">and {choices.length - mostWays} more, step by step</li>}
    </ul>
  );
}

interface PlanOf {
  readonly orders: readonly Order[];
  readonly reckoning: Reckoning;
  readonly names: ReadonlyMap<string, string>;
  readonly fixed: boolean;
  readonly takeBack: (ids: readonly string[]) => void;
}

const states = { pending: 'on its way', stored: 'stored', leaving: 'being taken back' } as const;

export function PlanList({ orders, reckoning, names, fixed, takeBack }: PlanOf) {
  if (orders.length === 0) return <p class="quiet">Nothing planned yet.</p>;
  const comes = new Map(reckoning.steps.map((step) => [step.index, step.comes]));
  return (
    <ol class="plain plan">
      {orders.map(({ key, action, state, id }, index) => {
        const said = actionInWords(action, names);
        return (
          <li key={key} class="row">
            <span class="what">
              {said}
              {comes.get(index) === 'wall' && <span class="bad"> a wall is there</span>}
              {comes.get(index) === 'lost' && <span class="bad"> comes to nothing</span>}
            </span>
            <span class={state}>{states[state]}</span>
            {!fixed && (
              <button
                type="button"
                class="small"
                disabled={id === null || state === 'leaving'}
                onClick={() => id !== null && takeBack([id])}
                aria-label={`Take back: ${said}`}
              >
                ✕
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export function Points({ left, all }: { readonly left: number; readonly all: number }) {
  return (
    <p class="points">
      {all <= 12 && (
        <span aria-hidden="true" class="pips">
          {Array.from({ length: all }, (_, index) => (
            <i key={index} class={index < left ? 'full' : ''} />
          ))}
        </span>
      )}
      {left} of {all} action {all === 1 ? 'point' : 'points'} left
    </p>
  );
}

export function Health({ now, most }: { readonly now: number; readonly most: number }) {
  return (
    <p class="health">
      <meter aria-label="Your health" min={0} max={most} low={most * 0.34} value={now} />
      {now === 0 ? 'You are dead' : `${now} of ${most} health`}
    </p>
  );
}
