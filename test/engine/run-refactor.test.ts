/**
 * Rewritten RUN instructions build the image that was promised: files, configuration, layers and bytes, by the real builder, and after a
 * change of a source file the build reuses what is foretold.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits, offerRefactorings } from '../../server/src/refactor';
import { refactorContext } from '../unit/refactor/scenario';
import { chosenCases } from './chosen-cases';
import { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { describeTrial, type Trial, tryRefactoring } from './refactor-trial';
import { type RunCase, runCases } from './run-refactor-cases';
import { makeFolder, openSession, removeFolder, writeContext } from './session';
import { shippedIndexes } from './shipped-indexes';

let engine: Engine;
let folder: string;
const images: string[] = [];
const total = new ComparisonTotal();

/** One of most kinds is built each time; STRATA_REFACTOR=all builds all, STRATA_RUN_CASES those that match a regular expression. */
const usual =
  '^(?:merge: metadata between|clean: npm|recommends: procps|move: an instruction of its own|cache mount: apt|split: one line)$';
const chosen = chosenCases(runCases, usual, process.env.STRATA_RUN_CASES);

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim']);
  folder = makeFolder(engine, 'run-refactor');
});

after(async () => {
  console.log(`predictions of builds after a change of a source file:\n${total.matrix}`);
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

/** Records of the package manager, which name what is installed. */
const records =
  /^(?:var\/lib\/(?:dpkg|apt|systemd|ucf|pam)\/|var\/cache\/|etc\/|usr\/lib\/(?:ssl|x86_64-linux-gnu\/gconv)\/)/;

async function check(name: string, { rule, text, files = {}, differs, fewer, foretold }: RunCase): Promise<void> {
  const offered = offerRefactorings(refactorContext(text, { files }, shippedIndexes())).filter(({ id }) =>
    id.startsWith(`${rule}:`),
  );
  assert.ok(offered.length === 1, `${offered.length} are offered`);
  const [{ edits, effect }] = offered as [(typeof offered)[number]];
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const context = path.join(folder, slug);
  fs.mkdirSync(context);
  writeContext(context, files);
  const trial: Trial = {
    name: slug,
    context,
    folder,
    text,
    changed: applyEdits(text, edits),
    effect,
    difference: fewer
      ? { kind: 'any fewer', changed: records }
      : { kind: 'paths', ...(differs !== undefined && { paths: differs }) },
    // What every application here is made of.
    ...(files['index.js'] !== undefined && { source: 'index.js' }),
    total,
  };
  const result = await tryRefactoring(engine, trial, images);
  console.log(describeTrial(name, effect, result));
  if (foretold) assert.ok(effect.bytes !== null, 'the bytes are not foretold');
  assert.deepEqual(result.faults, []);
}

describe('rewritten RUN instructions', { concurrency: 2 }, () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
