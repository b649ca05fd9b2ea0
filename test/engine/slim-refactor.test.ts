/**
 * Dockerfiles on the slim variant of their base image, as the program offers it, by the real builder: bytes and layers are those that were
 * promised, packages that the caution names are gone, what the steps add to the base is the same, and the container says the same. Another
 * part of the cases is built every day; STRATA_REFACTOR=all builds all.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { applyEdits } from '../../server/src/refactor';
import { filesOf, type ImageFiles, type InspectedImage } from './compared-image';
import type { Engine } from './engine.mjs';
import { namedOrOfTheDay } from './of-the-day';
import { offeredCase } from './offered-case';
import { describeTrial, tryRefactoring } from './refactor-trial';
import { makeFolder, openSession, outputOf, removeFolder } from './session';
import { type SlimCase, slimCases } from './slim-cases';
import { ensureSplitBases } from './split-bases';

let engine: Engine;
let folder: string;
const images: string[] = [];

const whole = process.env.STRATA_REFACTOR === 'all';
const asked = process.env.STRATA_SLIM_CASES ?? (whole ? '' : undefined);
const light = Object.fromEntries(Object.entries(slimCases).filter(([, { heavy }]) => heavy !== true));
const chosen = namedOrOfTheDay(asked === undefined ? light : slimCases, asked, 5, 'slim variants');

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim']);
  await ensureSplitBases(engine, [...new Set(chosen.flatMap(([, { full, slim }]) => [slim, full]))]);
  folder = makeFolder(engine, 'slim-refactor');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

/** Several cases stand on the same images. */
const filesOfBases = new Map<string, Promise<ImageFiles>>();

function baseFiles(image: string): Promise<ImageFiles> {
  const known = filesOfBases.get(image) ?? filesOf(engine, image);
  filesOfBases.set(image, known);
  return known;
}

/** Where packages of the distribution lie: an installation adds to the full image what it lacks, to the slim one more. */
const system = /^(?:bin|boot|etc|lib\w*|sbin|usr|var)(?:\/|$)/;

/** What lies in an image and not, or not so, in its base. */
function added(files: ImageFiles, base: ImageFiles, installs: boolean): ImageFiles {
  return Object.fromEntries(
    Object.entries(files).filter(
      ([name, value]) =>
        base[name] !== value && !(installs && system.test(name)) && !/(?:^|\/)\.npm\/_cacache\//.test(name),
    ),
  );
}

/** Without the label that tells how a stand-in was made. */
function configurationOf({ Config }: InspectedImage): unknown {
  const { 'strata.recipe': _, ...labels } = Config.Labels ?? {};
  return { ...Config, Labels: labels };
}

async function packagesOf(image: string): Promise<ReadonlySet<string>> {
  const query = ['--entrypoint', 'dpkg-query', image, '-W', '-f', '${db:Status-Abbrev} ${Package}\\n'];
  const { stdout } = await engine.docker(['run', '--rm', ...query]);
  return new Set([...stdout.matchAll(/^ii\s+(\S+)$/gm)].flatMap(([, name]) => (name === undefined ? [] : [name])));
}

/** Packages that the slim variant is said to be without. */
function namedIn(caution: string): readonly string[] {
  const [, names = ''] = / lacks these packages of [^ ]+: ([^;]+);/.exec(caution) ?? [];
  return names.split(', ').filter((name) => name !== '');
}

async function checkPackages({ installs = [] }: SlimCase, caution: string, names: readonly [string, string]) {
  const [there, left] = [await packagesOf(names[0]), await packagesOf(names[1])];
  const named = namedIn(caution);
  assert.ok(named.length > 0, caution);
  const kept = named.filter((name) => left.has(name) && !installs.includes(name));
  assert.deepEqual(kept, [], 'said to be gone, and there');
  assert.ok(
    named.some((name) => there.has(name) && !left.has(name)),
    'no package is gone',
  );
  assert.deepEqual(
    installs.filter((name) => !left.has(name)),
    [],
    'installed by the file, and not there',
  );
}

async function check(name: string, each: SlimCase): Promise<void> {
  const { full, slim, text, installs = [] } = each;
  const { slug, context, offered } = await offeredCase(engine, folder, name, each, 'slim-base');
  const [offer, ...others] = offered;
  assert.ok(offer !== undefined && others.length === 0, `${offered.length} are offered`);
  const { effect, edits, caution = '' } = offer;
  const changed = applyEdits(text, edits);
  assert.match(changed, new RegExp(`^FROM .*\\b${slim}\\b`, 'm'));
  const difference = { kind: 'another image' } as const;
  const result = await tryRefactoring(
    engine,
    { name: slug, context, folder, text, changed, effect, difference },
    images,
  );
  console.log(describeTrial(name, effect, result));
  assert.deepEqual(result.faults, []);
  assert.ok(effect.bytes !== null && effect.bytes.high < 0, 'no saving is promised');
  assert.deepEqual(configurationOf(result.after.inspected), configurationOf(result.before.inspected));
  assert.deepEqual(
    added(result.after.files, await baseFiles(slim), installs.length > 0),
    added(result.before.files, await baseFiles(full), installs.length > 0),
  );
  await checkPackages(each, caution, [result.before.name, result.after.name]);
  const said = await outputOf(engine, result.before.name);
  assert.notEqual(said, '');
  assert.equal(await outputOf(engine, result.after.name), said);
}

describe('slim variants of base images', () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
