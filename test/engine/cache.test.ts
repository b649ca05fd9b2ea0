/**
 * Predictions of the build cache against what the engine then does.
 *
 * Random Dockerfiles are built for real; then each random edit is foretold by every mode (see modes.ts), built once, and
 * compared step by step. Half of the edits are always the same and half are those of the day.
 * STRATA_EDITS sets the number of edits, STRATA_MINUTES the time after which no other program is drawn (for each seed),
 * STRATA_SEED a seed for all edits, STRATA_MODES which modes foretell them (otherwise one), STRATA_PRUNES a share of edits that mostly prune,
 * STRATA_DOUBTS a regular expression for the reasons of doubts that are to be shown one by one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EditRun } from './edit-run';
import { MODE_NAMES, type ModeName, ServerMode } from './modes';
import { today } from './of-the-day';
import { openStand, type Stand } from './stand';

const EDITS = Number(process.env.STRATA_EDITS ?? 150);
const MINUTES = Number(process.env.STRATA_MINUTES ?? Number.POSITIVE_INFINITY);
const FIXED_SEED = 20_241_124;
/** Modes whose doubts are limited: they know, or are told, what the files held at each build. */
const INFORMED: readonly ModeName[] = ['record', 'server'];
const MAXIMUM_DOUBT = 0.03;
const MINIMUM_FORETOLD = 0.8;
const MAXIMUM_PRINTED = 60;

/** How far a share may be off by chance in so few edits: two standard deviations, with edits as what is drawn. */
function chance(share: number, edits: number): number {
  return 2 * Math.sqrt((share * (1 - share)) / edits);
}

function seeds(): number[] {
  if (process.env.STRATA_SEED !== undefined) return [Number(process.env.STRATA_SEED)];
  return [FIXED_SEED, Number(new Date().toISOString().slice(0, 10).replaceAll('-', ''))];
}

/** A slow machine may end early, but not before so many of the edits were compared. */
const LEAST_SHARE = 0.3;

/** The server has to notice each build and each prune, so its series gets more of the time. */
const SHARE_OF_TIME: Readonly<Record<ModeName, number>> = { record: 0.8, server: 1.2, engine: 1, git: 1 };

/** Minutes for a series that these modes foretell. */
function minutesFor(modes: readonly ModeName[]): number {
  return modes.length === 1 ? MINUTES * Math.max(...modes.map((name) => SHARE_OF_TIME[name])) : MINUTES;
}

/** One mode foretells the edits of the day and one those that are always the same, every day others: so there is time for more edits. */
function chosenModes(series: number): ModeName[] {
  const asked = process.env.STRATA_MODES?.split(',');
  const turn = (today() + series * (MODE_NAMES.length / 2)) % MODE_NAMES.length;
  return MODE_NAMES.filter((name, index) => asked?.includes(name) ?? index === turn);
}

let stand: Stand;
const images: string[] = [];

before(async () => {
  stand = await openStand();
});

after(async () => {
  await stand.close(images);
});

/** Prints what came out, and answers with what has to be nothing. */
function conclude(run: EditRun): string[] {
  const faults = [...run.broken];
  for (const [mode, tally] of run.tallies) {
    const { matrix, wrongHits, wrongMisses, unavailable } = tally;
    console.log(`\n${mode}: ${tally.edits} edits compared, answers in ${tally.usualTime} ms (median)`);
    console.log(matrix.toString());
    if (tally.reasons !== '') console.log(`cached   ran  "may rebuild" because\n${tally.reasons}`);
    console.log(`${mode}: ${wrongHits.length} wrong hits, ${wrongMisses.length} wrong misses`);
    if (unavailable.length > 0)
      faults.push(`${mode} is NOT AVAILABLE for ${unavailable.length} edits, such as ${unavailable[0]}`);
    faults.push(...wrongHits.map((line) => `wrong hit: ${line}`), ...wrongMisses.map((line) => `wrong miss: ${line}`));
    if (tally.edits === 0) continue;
    const doubt = tally.ownDoubts / Math.max(1, matrix.shown);
    console.log(`${mode}: ${(100 * doubt).toFixed(1)} % may rebuild for a reason of their own`);
    if (INFORMED.includes(mode) && doubt > MAXIMUM_DOUBT + chance(MAXIMUM_DOUBT, tally.edits))
      faults.push(`${mode} says "may rebuild" for ${(100 * doubt).toFixed(1)} % of the steps, not for another step`);
    if (matrix.foretold < MINIMUM_FORETOLD - chance(MINIMUM_FORETOLD, tally.edits))
      faults.push(`${mode} foretells only ${(100 * matrix.foretold).toFixed(1)} % of the hits`);
  }
  return faults;
}

for (const [index, seed] of seeds().entries()) {
  const edits = Math.ceil(EDITS / seeds().length);
  test(`${edits} random edits, seed ${seed}`, { timeout: 120 * 60_000 }, async () => {
    console.log(`cache: ${edits} edits, STRATA_SEED=${seed}${index === 0 ? '' : ' (of the day)'}`);
    const chosen = chosenModes(index);
    const minutes = minutesFor(chosen);
    const modes = await Promise.all(chosen.map((name) => stand.openMode(name)));
    const run = new EditRun({ ...stand, modes }, seed);
    const begun = performance.now();
    try {
      await run.run(edits, minutes);
    } finally {
      images.push(...run.images);
    }
    const faults = conclude(run);
    const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(0);
    const { predicting, building, afterwards, firstBuilds } = run.timings;
    console.log(
      `\ncache: ${run.edits} edits in ${seconds(performance.now() - begun)} s: foretelling ${seconds(predicting)}, building ${seconds(building)}, afterwards ${seconds(afterwards)}, first builds ${seconds(firstBuilds)}`,
    );
    for (const mode of modes)
      if (mode instanceof ServerMode && mode.missed > 0)
        console.log(`server: ${mode.missed} builds not noticed in time`);
    for (const fault of faults.slice(0, MAXIMUM_PRINTED)) console.log(`  ${fault}`);
    if (run.edits < edits) console.log(`only ${run.edits} of ${edits} edits: ${minutes} minutes were over`);
    assert.ok(run.edits >= edits * LEAST_SHARE, `only ${run.edits} of ${edits} edits in ${minutes} minutes`);
    assert.equal(faults.length, 0, `${faults.length} faults, printed above`);
    assert.ok(run.failures <= edits / 20, `${run.failures} of ${edits} edits did not build as they should`);
  });
}
