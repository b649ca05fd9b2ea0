/** The history of each step of a text: the steps of earlier texts that it stands for, and how often they were kept. */
import type { StepForecast } from '../report/types';
import type { ForecastHistory, NamedStep } from './forecast';

/**
 * For each step, in how many commits it was kept, of those in which it was there and could be compared; undefined where
 * there was none.
 */
export function stepForecasts(
  steps: readonly NamedStep[],
  history: ForecastHistory,
): readonly (StepForecast | undefined)[] {
  const matches = history.versions.map((version) => matchSteps(steps, version));
  return steps.map((_, index) => {
    let kept = 0;
    let commits = 0;
    for (const { version, outcomes } of history.commits) {
      const place = version === null ? undefined : matches[version]?.[index];
      const outcome = place === undefined ? undefined : outcomes[place];
      if (outcome !== 'k' && outcome !== 'r') continue;
      commits += 1;
      if (outcome === 'k') kept += 1;
    }
    return commits === 0 ? undefined : { kept, commits };
  });
}

/** Where each name stands among the steps of a history's texts, which stay the same while a person types. */
const placesOfSteps = new WeakMap<readonly NamedStep[], ReadonlyMap<string, readonly number[]>>();

function placesOf(steps: readonly NamedStep[]): ReadonlyMap<string, readonly number[]> {
  const known = placesOfSteps.get(steps);
  if (known) return known;
  const places = new Map<string, number[]>();
  for (const [index, step] of steps.entries()) {
    const name = nameOf(step);
    const before = places.get(name);
    if (before) before.push(index);
    else places.set(name, [index]);
  }
  placesOfSteps.set(steps, places);
  return places;
}

function nameOf({ stage, text }: NamedStep): string {
  return `${stage}\0${text}`;
}

/**
 * Where each step stands among others: first the same text in the same stage, the second of it for the second; then, between
 * two that are found, the same instruction in the same order, which is the step as it was before it was edited.
 */
export function matchSteps(steps: readonly NamedStep[], others: readonly NamedStep[]): readonly (number | undefined)[] {
  const places = placesOf(others);
  const matched: (number | undefined)[] = new Array(steps.length).fill(undefined);
  for (const [name, mine] of placesOf(steps)) {
    const theirs = places.get(name);
    if (theirs) for (const [nth, index] of mine.entries()) matched[index] = theirs[nth];
  }
  const taken = new Uint8Array(others.length);
  for (const place of matched) if (place !== undefined) taken[place] = 1;
  /** The place of the next step that is found, for each step. */
  const ends: number[] = [];
  for (let index = steps.length - 1, end = others.length; index >= 0; index--) {
    ends[index] = end;
    end = matched[index] ?? end;
  }
  let before = -1;
  for (const [index, step] of steps.entries()) {
    if (matched[index] === undefined) {
      for (let place = before + 1; place < (ends[index] ?? 0); place++) {
        const other = others[place];
        if (taken[place] === 1 || other?.stage !== step.stage || other.instruction !== step.instruction) continue;
        matched[index] = place;
        taken[place] = 1;
        break;
      }
    }
    before = matched[index] ?? before;
  }
  return matched;
}
