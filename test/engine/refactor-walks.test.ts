/**
 * What random orders of refactorings make of a Dockerfile that the engine accepts, the engine accepts too (`docker build --check`).
 * STRATA_WALKS is how many are gone through, STRATA_SEED another choice of them.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ownScenes } from '../fuzz/refactor/sources';
import { walkRefactorings } from '../fuzz/refactor/walks';
import type { Engine } from './engine.mjs';
import { askEngine } from './engine-parser';
import { makeFolder, openSession, removeFolder } from './session';

const count = Number(process.env.STRATA_WALKS ?? 8);
const seed = Number(process.env.STRATA_SEED ?? 20_260_801);

let engine: Engine;
let folder: string;
const tags = new Set<string>();

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'refactor-walks');
});

after(async () => {
  if (tags.size > 0) await engine.docker(['rmi', ...tags], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

/** The engine's words where it refuses the text. */
async function refusalOf(text: string, name: string): Promise<string | undefined> {
  const context = path.join(folder, name);
  fs.mkdirSync(context);
  const view = await askEngine(engine, tags, context, Buffer.from(text, 'utf8').toString('latin1'));
  return typeof view === 'string' ? view : undefined;
}

test(`${count} random orders of refactorings end in a file that the engine accepts`, {
  timeout: 30 * 60_000,
}, async () => {
  const walked: { readonly scene: string; readonly first: string; readonly last: string }[] = [];
  walkRefactorings(await ownScenes(), count, seed, { seen: (each) => walked.push(each) });
  const faults: string[] = [];
  let accepted = 0;
  for (const [index, { scene, first, last }] of walked.entries()) {
    const refusal = await refusalOf(last, `last-${index}`);
    if (refusal === undefined) accepted++;
    else if ((await refusalOf(first, `first-${index}`)) === undefined) faults.push(`${scene}: ${refusal}\n${last}`);
  }
  console.log(
    `${accepted} of ${walked.length} results accepted (seed ${seed}); of the others the engine refuses the first text too`,
  );
  assert.deepEqual(faults, []);
  assert.ok(accepted > walked.length / 2, `${accepted} of ${walked.length}`);
});
