/**
 * Steps in another order build the same image, and a change that they have nothing to do with no longer runs them: by the real builder,
 * before and after.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits, offerRefactorings } from '../../server/src/refactor';
import { refactorContext } from '../unit/refactor/scenario';
import { ImageBuilder } from './built-image';
import { chosenCases } from './chosen-cases';
import type { Engine } from './engine.mjs';
import { type OrderCase, orderCases } from './order-cases';
import { makeFolder, openSession, readVertexes, removeFolder, type Vertex, writeContext } from './session';

let engine: Engine;
let folder: string;
let images: ImageBuilder;

/** One of each kind is built each time; STRATA_REFACTOR=all builds all, STRATA_ORDER_CASES those that match a regular expression. */
const usual = '^(?:manifests: npm|rare: two steps|late: label)$';
const chosen = chosenCases(orderCases, usual, process.env.STRATA_ORDER_CASES);

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim']);
  folder = makeFolder(engine, 'order');
  images = new ImageBuilder(engine, folder, 'strata-order');
});

after(async () => {
  await images.remove();
  removeFolder(folder);
  await engine.stop();
});

interface Built {
  readonly files: Readonly<Record<string, string>>;
  readonly layers: number;
  readonly bytes: number;
  readonly configuration: unknown;
  /** The spared step in the build after the change. */
  readonly step: Vertex;
}

/** Builds, looks, changes something, and builds again; the change is taken back. */
async function follow(slug: string, context: string, text: string, each: OrderCase): Promise<Built> {
  const dockerfile = path.join(folder, `${slug}.Dockerfile`);
  fs.writeFileSync(dockerfile, text);
  const { change } = each;
  const image = await images.build(context, dockerfile, slug);
  const files = await images.files(image);
  const { Config, RootFS, Size } = await images.inspect(image);
  // The builder keeps what earlier runs of this test built.
  const news = randomUUID();
  const file = 'file' in change ? path.join(context, change.file) : undefined;
  const content = file === undefined ? '' : fs.readFileSync(file, 'utf8');
  if (file !== undefined) fs.writeFileSync(file, `${content}// ${news}\n`);
  const argument = 'argument' in change ? ['--build-arg', `${change.argument}=${news}`] : [];
  const vertexes = await rebuild(dockerfile, context, argument);
  if (file !== undefined) fs.writeFileSync(file, content);
  const step = vertexes.find(({ name }) => each.spared.test(name));
  assert.ok(step, `no step ${each.spared} among ${vertexes.map(({ name }) => name).join(', ')}`);
  const configuration = each.reordered ? inOrder(Config) : Config;
  return { files: kept(files, each.differs), layers: RootFS.Layers.length, bytes: Size, configuration, step };
}

/** The steps of another build, as the engine tells of them. */
async function rebuild(dockerfile: string, context: string, words: readonly string[]): Promise<readonly Vertex[]> {
  const command = ['buildx', 'build', '--progress=rawjson', '--network=host', '-f', dockerfile, ...words, context];
  const { stderr } = await engine.docker(command, { timeoutMs: 600_000 });
  return readVertexes(stderr);
}

/** The configuration with its variables sorted. */
function inOrder(configuration: unknown): unknown {
  if (typeof configuration !== 'object' || configuration === null || !('Env' in configuration)) return configuration;
  const { Env } = configuration;
  return { ...configuration, Env: Array.isArray(Env) ? Env.toSorted() : Env };
}

/** What two builds of one file write differently: logs with their times, the linker's cache, compiled caches. */
const changing =
  /^(?:var\/log\/|var\/cache\/ldconfig\/|var\/cache\/debconf\/|var\/lib\/dpkg\/[^/]*-old$|tmp\/(?:v8-compile-cache|node-compile-cache|yarn--))|\/\.yarn-integrity$/;

function kept(files: Built['files'], differs: RegExp | undefined): Built['files'] {
  return Object.fromEntries(
    Object.entries(files).filter(([name]) => !changing.test(name) && differs?.test(name) !== true),
  );
}

/** Logs hold the command line and times. */
const loggedBytes = 2_000;

async function check(name: string, each: OrderCase): Promise<void> {
  const { rule, text, files = {}, seconds = {} } = each;
  const steps = Object.fromEntries(Object.entries(seconds).map(([line, duration]) => [line, { duration }]));
  const context = (dockerfile: string) => refactorContext(dockerfile, { files, steps });
  const offered = offerRefactorings(context(text)).filter(({ id }) => id.startsWith(`${rule}:`));
  const [refactoring, ...others] = offered;
  assert.ok(refactoring !== undefined && others.length === 0, `${offered.length} are offered`);
  const { edits, effect } = refactoring;
  const changed = applyEdits(text, edits);
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const root = path.join(folder, slug);
  fs.mkdirSync(root);
  writeContext(root, files);
  const was = await follow(`${slug}-before`, root, text, each);
  const is = await follow(`${slug}-after`, root, changed, each);
  assert.deepEqual(is.files, was.files);
  assert.deepEqual(is.configuration, was.configuration);
  assert.equal(is.layers - was.layers, effect.layers, 'layers change as promised');
  assert.equal(was.step.cached, false, `${was.step.name} was reused before, too`);
  assert.equal(is.step.cached, true, `${is.step.name} still runs again`);
  const change = is.bytes - was.bytes;
  process.stderr.write(`${name}: ${change} bytes, promised ${JSON.stringify(effect.bytes)}\n`);
  if (effect.bytes === null) return;
  const { low, high } = effect.bytes;
  assert.ok(
    change >= (low ?? change) - loggedBytes && change <= high + loggedBytes,
    `${change} bytes, promised ${JSON.stringify(effect.bytes)}`,
  );
}

describe('steps in another order', () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
