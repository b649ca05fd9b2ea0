/** Which of many cases take their turn today: all of them have had it after as many days as there are parts. */

const DAY_MS = 86_400_000;

/** Days since the epoch. */
export function today(): number {
  return Math.floor(Date.now() / DAY_MS);
}

/** One of so many parts of the cases, another one every day; all with STRATA_ALL_CASES. */
export function ofTheDay<Case>(cases: readonly Case[], parts: number, what: string): readonly Case[] {
  if (process.env.STRATA_ALL_CASES !== undefined) return cases;
  const turn = today() % parts;
  const chosen = cases.filter((_, index) => index % parts === turn);
  console.log(`${what}: ${chosen.length} of ${cases.length}, those of the day: STRATA_ALL_CASES=1 takes all`);
  return chosen;
}

/** The cases whose names match a regular expression, where one is asked for, else those of the day. */
export function namedOrOfTheDay<Case>(
  cases: Readonly<Record<string, Case>>,
  asked: string | undefined,
  parts: number,
  what: string,
): readonly (readonly [string, Case])[] {
  const all = Object.entries(cases);
  if (asked === undefined) return ofTheDay(all, parts, what);
  const chosen = all.filter(([name]) => new RegExp(asked).test(name));
  if (chosen.length === 0) throw new Error(`no case matches ${asked}`);
  return chosen;
}
