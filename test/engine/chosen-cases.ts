/** Which of many cases are built: a few each time, all with STRATA_REFACTOR=all. */
import assert from 'node:assert/strict';

const whole = process.env.STRATA_REFACTOR === 'all';

/** The cases whose names match what was asked for, else all or the usual ones, and says how many are left out. */
export function chosenCases<Case>(
  cases: Readonly<Record<string, Case>>,
  usual: string,
  asked?: string,
): readonly (readonly [string, Case])[] {
  const wanted = asked ?? (whole ? '' : usual);
  const all = Object.entries(cases);
  const chosen = all.filter(([name]) => new RegExp(wanted).test(name));
  assert.ok(chosen.length > 0, `no case matches ${wanted}`);
  if (chosen.length < all.length)
    console.log(`${chosen.length} of ${all.length} cases: STRATA_REFACTOR=all builds all`);
  return chosen;
}
