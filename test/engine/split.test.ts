/**
 * Applications split into stages by the refactoring, built before and after by the real builder: they answer the same, and what the
 * single stage opened at run time is in the smaller image; a change of a source file reuses what is foretold. STRATA_REFACTOR=all adds the
 * ones that take minutes; STRATA_SPLIT_ONLY names one.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { extract } from 'tar-stream';
import { applyEdits, offerRefactorings } from '../../server/src/refactor';
import { refactorContext, type Scenario } from '../unit/refactor/scenario';
import { buildImage, type ImageBuild, inspectImage } from './compared-image';
import type { Engine } from './engine.mjs';
import { ofTheDay } from './of-the-day';
import { makeFolder, openSession, REPOSITORY, removeFolder } from './session';
import { shippedIndexes } from './shipped-indexes';
import { followSourceEdit } from './source-edit';
import { ensureSplitBases } from './split-bases';
import { type SplitCase, splitCases } from './split-cases';

let engine: Engine;
let folder: string;
let port = 43_200;
const images: string[] = [];

before(async () => {
  engine = await openSession(['debian:bookworm-slim']);
  folder = makeFolder(engine, 'split');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

async function build(context: string, text: string, name: string): Promise<ImageBuild> {
  const dockerfile = path.join(folder, `${name}.Dockerfile`);
  fs.writeFileSync(dockerfile, text);
  const image = `strata-split-${name}`;
  images.push(image);
  const made = { dockerfile, context, image };
  await buildImage(engine, made);
  return made;
}

/** Steps that run again and that are reused after a change of a source file; fails where that was foretold otherwise. */
async function sourceEditOf(made: ImageBuild, source: string): Promise<string> {
  const { cached, ran, wrong } = await followSourceEdit(engine, made, source);
  assert.deepEqual(wrong, [], `foretold of ${path.basename(made.dockerfile)} after a change of ${source}`);
  return `${cached} steps reused and ${ran} run`;
}

/** What is known of the case when the refactoring is asked for. */
async function scenarioOf(context: string, bases: readonly string[]): Promise<Scenario> {
  const names = fs.readdirSync(context, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => fs.statSync(path.join(context, name)).isFile());
  const known = await Promise.all(
    bases.map(async (name) => {
      const { Size, RootFS, Config } = await inspectImage(engine, name);
      return [name, { size: Size, layers: RootFS.Layers.length, environment: Config.Env ?? [] }] as const;
    }),
  );
  return {
    files: Object.fromEntries(
      files.map((name) => [name.replaceAll('\\', '/'), fs.readFileSync(path.join(context, name), 'utf8')]),
    ),
    images: Object.fromEntries(known),
  };
}

async function answersOf(image: string, ask: SplitCase['ask']): Promise<string[]> {
  if (ask.kind === 'output') {
    const { stdout, stderr, code } = await engine.docker(['run', '--rm', '--network=host', image, ...ask.arguments], {
      allowFailure: true,
    });
    return [`code ${code}`, stdout, stderr];
  }
  port += 1;
  const at = ask.port ?? port;
  const { stdout } = await engine.docker(['run', '-d', '--network=host', '-e', `PORT=${at}`, image]);
  const container = stdout.trim();
  try {
    const answers: string[] = [];
    for (const place of ask.paths) answers.push(`${place} ${await answer(`http://127.0.0.1:${at}${place}`)}`);
    return answers;
  } catch (error) {
    const { stdout: out, stderr } = await engine.docker(['logs', container], { allowFailure: true });
    throw new Error(`${image} does not answer: ${String(error)}\n${out}\n${stderr}`);
  } finally {
    await engine.docker(['rm', '-f', container]);
  }
}

async function answer(url: string): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      return `${response.status} ${await response.text()}`;
    } catch (error) {
      if (attempt >= 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** What an image holds: whether something is there under a path (absolute, with links in it). */
async function contentsOf(image: string): Promise<{ has(file: string): boolean }> {
  const { stdout } = await engine.docker(['create', image, 'true']);
  const container = stdout.trim();
  const archive = path.join(folder, 'export.tar');
  try {
    await engine.docker(['export', '-o', archive, container]);
  } finally {
    await engine.docker(['rm', container]);
  }
  /** By path without a leading slash or one at the end; of a symbolic link where it leads. */
  const entries = new Map<string, string | undefined>();
  const reader = extract();
  fs.createReadStream(archive).pipe(reader);
  for await (const entry of reader) {
    const { name, type, linkname } = entry.header;
    entries.set(name.replace(/^\.?\//, '').replace(/\/$/, ''), type === 'symlink' ? (linkname ?? '') : undefined);
    entry.resume();
  }
  fs.rmSync(archive);
  return { has: (file) => isThere(entries, file) };
}

/** More links than Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

function isThere(entries: ReadonlyMap<string, string | undefined>, file: string, links = 0): boolean {
  let at = '';
  const parts = file.split('/').filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    at = at === '' ? part : `${at}/${part}`;
    if (!entries.has(at)) return false;
    const target = entries.get(at);
    if (target === undefined) continue;
    const followed = path.posix.resolve('/', path.posix.dirname(at), target, ...parts.slice(index + 1));
    return links < MOST_LINKS && isThere(entries, followed, links + 1);
  }
  return true;
}

/** Files that the application opens while it is asked, as the kernel tells (strace), in an image with that program added. */
async function opened(image: string, split: SplitCase, name: string): Promise<string[]> {
  const { Config } = await inspectImage(engine, image);
  const { image: traced } = await build(
    folder,
    `FROM ${image}\nUSER root\nRUN apt-get update && apt-get install -y --no-install-recommends strace && rm -rf /var/lib/apt/lists/*\nUSER ${Config.User || 'root'}\n`,
    `${name}-traced`,
  );
  const log = path.join(folder, `${name}-trace`);
  fs.mkdirSync(log);
  fs.chmodSync(log, 0o777);
  const words = [
    ...(Config.Entrypoint ?? []),
    ...(split.ask.kind === 'output' && split.ask.arguments.length > 0 ? split.ask.arguments : (Config.Cmd ?? [])),
  ];
  port += 1;
  const at = split.ask.kind === 'http' ? (split.ask.port ?? port) : port;
  const options = [
    '--network=host',
    '--cap-add=SYS_PTRACE',
    '-v',
    `${log}:/strata-trace`,
    '-e',
    `PORT=${at}`,
    '--entrypoint',
    'strace',
  ];
  const program = ['-f', '-qq', '-o', '/strata-trace/log', '-e', 'trace=openat,open,execve', ...words];
  if (split.ask.kind === 'output')
    await engine.docker(['run', '--rm', ...options, traced, ...program], { allowFailure: true });
  else {
    const { stdout } = await engine.docker(['run', '-d', ...options, traced, ...program]);
    try {
      for (const place of split.ask.paths) await answer(`http://127.0.0.1:${at}${place}`);
    } finally {
      await engine.docker(['rm', '-f', stdout.trim()]);
    }
  }
  const found = new Set<string>();
  for (const line of fs.readFileSync(path.join(log, 'log'), 'utf8').split('\n')) {
    const file = /(?:open|openat|execve)\((?:AT_FDCWD, )?"([^"]+)".*\) = \d/.exec(line)?.[1];
    if (file !== undefined) found.add(path.posix.resolve(Config.WorkingDir || '/', file));
  }
  return [...found].filter(
    (file) =>
      !/^\/(?:proc|sys|dev|strata-trace|tmp)\b|^\/$|^\/usr\/bin\/strace$|^\/etc\/(?:resolv\.conf|hosts|hostname|ld\.so\.cache|mtab)$/.test(
        file,
      ),
  );
}

const whole = process.env.STRATA_REFACTOR === 'all';
const only = process.env.STRATA_SPLIT_ONLY;
const asked = splitCases.filter(({ heavy, folder: name, file }) =>
  only === undefined ? whole || heavy !== true : `${name}/${file}`.includes(only),
);
const chosenAll = whole || only !== undefined;
/** Each of the light ones every other day. */
const chosen = chosenAll ? asked : ofTheDay(asked, 2, 'split');

describe('splitting applications into a build and a runtime stage', () => {
  if (only === undefined && chosen.length < splitCases.length)
    console.log(`${splitCases.length - chosen.length} that take minutes are left out: STRATA_REFACTOR=all builds them`);
  for (const [index, split] of chosen.entries()) {
    test(`${split.folder}: ${split.file}`, async (t) => {
      await ensureSplitBases(engine, split.bases);
      const context = path.join(folder, `${split.folder}-${index}`);
      fs.cpSync(path.join(REPOSITORY, 'test/fixtures/split-applications', split.folder), context, { recursive: true });
      const text = fs.readFileSync(path.join(context, split.file), 'utf8');
      const scenario = await scenarioOf(context, split.bases);
      const [offer] = offerRefactorings(refactorContext(text, scenario, shippedIndexes())).filter(({ id }) =>
        id.startsWith(`${split.rule}:`),
      );
      assert.ok(offer, 'nothing is offered');
      const name = `${split.folder}-${index}`;
      const before = await build(context, text, `${name}-before`);
      // What the single stage reuses is told for comparison where there is time.
      const editBefore = chosenAll ? `${await sourceEditOf(before, split.source)} before, ` : '';
      // Both are compared as built of the same files.
      if (chosenAll) await buildImage(engine, before);
      const after = await build(context, applyEdits(text, offer.edits), `${name}-after`);
      const editAfter = await sourceEditOf(after, split.source);
      await buildImage(engine, after);
      const [old, divided] = [before.image, after.image];
      const [first, second] = [await inspectImage(engine, old), await inspectImage(engine, divided)];
      const change = second.Size - first.Size;
      t.diagnostic(`${first.Size} bytes before, ${second.Size} after; promised ${JSON.stringify(offer.effect.bytes)}`);
      process.stderr.write(
        `${split.folder}/${split.file}: ${first.Size} -> ${second.Size} bytes, promised ${JSON.stringify(offer.effect.bytes)}; after a change of ${split.source} ${editBefore}${editAfter} after\n`,
      );
      assert.ok(change < 0, 'the image is smaller');
      const { bytes } = offer.effect;
      if (bytes)
        assert.ok(
          change >= (bytes.low ?? change) && change <= bytes.high,
          `${change} bytes, promised ${JSON.stringify(bytes)}`,
        );
      assert.equal(second.RootFS.Layers.length - first.RootFS.Layers.length, offer.effect.layers);
      // Another server has a configuration of its own; the ports are those that it was asked on.
      const keys =
        split.rule === 'split-static'
          ? (['ExposedPorts'] as const)
          : (['User', 'WorkingDir', 'ExposedPorts', 'Volumes'] as const);
      for (const key of keys) assert.deepEqual(second.Config[key], first.Config[key], key);
      assert.deepEqual(await answersOf(divided, split.ask), await answersOf(old, split.ask));
      const there = await contentsOf(divided);
      const missing = (await opened(old, split, name)).filter(
        (file) => !there.has(file) && !(split.notNeeded ?? []).some(([pattern]) => pattern.test(file)),
      );
      assert.deepEqual(missing, [], 'opened by the single stage and not in the smaller image');
    });
  }
});
