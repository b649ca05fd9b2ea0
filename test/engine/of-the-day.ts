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
