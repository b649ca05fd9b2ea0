/** How problems are made and how spelling is corrected. */

import type { Problem, ProblemSeverity, Range } from './types';

/** A problem value; `message` is the English sentence key with `{0}` placeholders. */
export function makeProblem(
  code: string,
  message: string,
  parameters: readonly string[],
  range: Range,
  severity: ProblemSeverity = 'error',
): Problem {
  return { code, message, parameters, severity, range };
}

/**
 * The option nearest to `value`, at most two edits away, or undefined (BuildKit `util/suggest` Search).
 * `value` should have the options' letter case.
 */
export function nearest(value: string, options: readonly string[]): string | undefined {
  if (value.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const option of options) {
    const distance = editDistance(value, option);
    if (distance < bestDistance) {
      best = option;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
