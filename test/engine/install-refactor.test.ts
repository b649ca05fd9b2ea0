/**
 * Installs of Node packages as the program rewrites them, by the real builder: what goes is what only development needs, and what is left is
 * the same; the application answers as before; layers and bytes are those that were promised. Another part of the cases is built every day.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits } from '../../server/src/refactor';
import { buildImage, filesOf, type ImageFiles } from './compared-image';
import type { Engine } from './engine.mjs';
import { type InstallCase, installCases } from './install-cases';
import { namedOrOfTheDay } from './of-the-day';
import { offeredCase } from './offered-case';
import type { Subject } from './own-analysis';
import { type Difference, describeTrial, tryRefactoring } from './refactor-trial';
import { makeFolder, openSession, outputOf, removeFolder } from './session';

let engine: Engine;
let folder: string;
const images: string[] = [];

const chosen = namedOrOfTheDay(installCases, process.env.STRATA_INSTALL_CASES, 5, 'installs of Node packages');

before(async () => {
  engine = await openSession(['node:20-slim']);
  folder = makeFolder(engine, 'install-refactor');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

const has = (files: ImageFiles, place: string): boolean =>
  Object.keys(files).some((name) => name === place || (place.endsWith('/') && name.startsWith(place)));

/** What is promised of paths and not so in the image. */
function misplaced(files: ImageFiles, places: readonly string[], there: boolean): readonly string[] {
  return places.filter((place) => has(files, place) !== there);
}

async function check(name: string, each: InstallCase): Promise<void> {
  const { rule, text, leaves, stays, changed } = each;
  const { slug, context, dockerfile, offered } = await offeredCase(engine, folder, name, each, rule);
  assert.equal(offered.length, each.without ? 0 : 1, `offered: ${offered.map(({ title }) => title).join(', ')}`);
  const inside = (places: readonly string[]): readonly string[] =>
    places.map((place) => path.posix.join(each.folder, place));
  const [offer] = offered;
  if (offer === undefined) return checkNothingToGain({ dockerfile, context }, slug, inside(leaves), inside(stays));
  const { effect, edits } = offer;
  const gone = new RegExp(
    [...inside(leaves).map((place) => `^${place.replace(/[.+]/g, '\\$&')}`), changed.source].join('|'),
  );
  const difference: Difference =
    rule === 'npm-ci' ? { kind: 'paths', paths: changed } : { kind: 'fewer', gone, changed };
  const trial = { name: slug, context, folder, text, changed: applyEdits(text, edits), effect, difference };
  const result = await tryRefactoring(engine, trial, images);
  console.log(describeTrial(name, effect, result));
  assert.deepEqual(result.faults, []);
  assert.deepEqual(misplaced(result.before.files, inside([...leaves, ...stays]), true), [], 'not there before');
  assert.deepEqual(misplaced(result.after.files, inside(stays), true), [], 'not there afterwards');
  assert.deepEqual(misplaced(result.after.files, inside(leaves), false), [], 'still there');
  if (rule === 'production-install') assert.ok(effect.bytes !== null && effect.bytes.high < 0, 'no saving is promised');
  const said = await outputOf(engine, result.before.name);
  assert.match(said, /^\d+ \d+\n$/);
  assert.equal(await outputOf(engine, result.after.name), said);
}

/** Where nothing is offered there is nothing to leave out. */
async function checkNothingToGain(
  subject: Subject,
  slug: string,
  leaves: readonly string[],
  stays: readonly string[],
): Promise<void> {
  const image = `strata-install-${slug}`;
  images.push(image);
  await buildImage(engine, { ...subject, image });
  const files = await filesOf(engine, image);
  assert.deepEqual(misplaced(files, stays, true), []);
  assert.deepEqual(misplaced(files, leaves, false), []);
}

describe('rewritten installs of Node packages', { concurrency: 2 }, () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
