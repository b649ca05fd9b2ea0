/**
 * Rewritten COPY, ADD and installing instructions and new ignore files, as the program offers them, by the real builder: the image has the
 * files, the configuration, the layers and the bytes that were promised, and a change of a source file reuses what was foretold.
 * A few are built each time; STRATA_REFACTOR=all builds all, STRATA_FILE_CASES those whose names match a regular expression.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { applyEdits } from '../../server/src/refactor';
import { chosenCases } from './chosen-cases';
import { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { type FileCase, fileCases } from './file-refactor-cases';
import { offeredCase } from './offered-case';
import { describeTrial, type Trial, tryRefactoring } from './refactor-trial';
import { makeFolder, openSession, removeFolder } from './session';

const usual =
  '^(?:attributes: (?:owner of a new folder|what earlier steps left in the folder)|add: a folder with an archive in it|ignore file: what lies about)$';
const chosen = chosenCases(fileCases, usual, process.env.STRATA_FILE_CASES);

let engine: Engine;
let folder: string;
const images: string[] = [];
const total = new ComparisonTotal();

before(async () => {
  const named = chosen.flatMap(([, { text }]) =>
    [...text.matchAll(/^FROM (\S+)/gim)].map(([, name]) => name?.trim() ?? ''),
  );
  engine = await openSession([...new Set(named)]);
  folder = makeFolder(engine, 'file-refactor');
});

after(async () => {
  console.log(`predictions of builds before and after a change of a source file:\n${total.matrix}`);
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

async function check(name: string, { rule, text, files, refused, difference, source }: FileCase): Promise<void> {
  const { slug, context, offered } = await offeredCase(engine, folder, name, { text, files }, rule);
  assert.equal(offered.length, refused ? 0 : 1, `offered: ${offered.map(({ title }) => title).join(', ')}`);
  const [offer] = offered;
  if (offer === undefined) return;
  const { effect, edits, files: added = [] } = offer;
  const trial: Trial = {
    name: slug,
    context,
    folder,
    text,
    changed: applyEdits(text, edits),
    files: added,
    effect,
    difference: difference ?? { kind: 'paths' },
    total,
    ...(source !== undefined && { source }),
  };
  const result = await tryRefactoring(engine, trial, images);
  console.log(describeTrial(name, effect, result));
  assert.deepEqual(result.faults, []);
}

describe('rewritten COPY, ADD and installs, new ignore files', { concurrency: 2 }, () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
