/**
 * Shows a kept mismatch again and makes it smaller: npx tsx test/engine/replay-main.ts FOLDER [TRIALS [MODE]]
 * FOLDER is what the test printed; without trials it is only shown again.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describeStep } from './comparison';
import type { Mismatch } from './edit-run';
import { MODE_NAMES } from './modes';
import { describeMismatch, shrink } from './replay';
import { openStand } from './stand';

async function main([folder, trials = '0', named]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error('usage: npx tsx test/engine/replay-main.ts FOLDER [TRIALS [MODE]]');
  const mismatch = JSON.parse(fs.readFileSync(path.join(folder, 'mismatch.json'), 'utf8')) as Mismatch;
  const stand = await openStand();
  try {
    const name = MODE_NAMES.find((one) => one === named) ?? mismatch.modes[0];
    if (name === undefined) throw new Error(`${folder} names no mode`);
    const found = await shrink(stand, await stand.openMode(name), mismatch, Number(trials));
    if (found === undefined) {
      console.log(`${name}: these two states alone do not show it`);
      return;
    }
    console.log(describeMismatch(found.smallest));
    for (const step of found.last.wrong) console.log(`${name}: ${describeStep(step)}`);
  } finally {
    await stand.close([]);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
