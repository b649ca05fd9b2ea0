/** Rewritten RUN instructions build the image that was promised: files, configuration, layers and bytes, by the real builder. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { openDistribution } from '../../server/src/packages/distribution-data';
import type { PackageIndexes } from '../../server/src/packages/types';
import { applyEdits, offerRefactorings } from '../../server/src/refactor';
import { refactorContext } from '../unit/refactor/scenario';
import { apiGet, type Engine } from './engine.mjs';
import { type RunCase, runCases } from './run-refactor-cases';
import { makeFolder, openSession, REPOSITORY, removeFolder, writeContext } from './session';

let engine: Engine;
let folder: string;
const images: string[] = [];

/** One of each kind is built each time; STRATA_REFACTOR=all builds all, STRATA_RUN_CASES those that match a regular expression. */
const usual =
  '^(?:merge: metadata between|clean: npm|recommends: procps|move: an instruction of its own|cache mount: (?:npm|apt)|split: one line|bind mount: npm)$';
const wanted = process.env.STRATA_RUN_CASES ?? (process.env.STRATA_REFACTOR === 'all' ? '' : usual);
const chosen = Object.entries(runCases).filter(([name]) => new RegExp(wanted).test(name));
assert.ok(chosen.length > 0, `no case matches ${wanted}`);

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim']);
  folder = makeFolder(engine, 'run-refactor');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

async function build(context: string, text: string, name: string): Promise<string> {
  const file = path.join(folder, `${name}.Dockerfile`);
  fs.writeFileSync(file, text);
  const image = `strata-run-refactor-${name}`;
  images.push(image);
  await engine.docker(['build', '-q', '--network=host', '-t', image, '-f', file, context], { timeoutMs: 600_000 });
  return image;
}

interface Inspected {
  readonly Config: unknown;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Size: number;
}

async function inspect(image: string): Promise<Inspected> {
  return (await apiGet(engine.socket, `/images/${image}/json`)) as Inspected;
}

/** What two builds of one file write differently: logs with their times, the linker's cache, compiled caches. */
const changing =
  /^(?:var\/log\/|var\/cache\/ldconfig\/|var\/cache\/debconf\/|var\/lib\/dpkg\/[^/]*-old$|tmp\/(?:v8-compile-cache|node-compile-cache|yarn--))|(?:\/\.yarn-integrity|\/\.npm\/_logs\/.*)$/;
/** Logs hold the command line, times and paths of caches. */
const loggedBytes = 500;
/** Records of the package manager, which name what is installed. */
const records =
  /^(?:var\/lib\/(?:dpkg|apt|systemd|ucf|pam)\/|var\/cache\/|etc\/|usr\/lib\/(?:ssl|x86_64-linux-gnu\/gconv)\/)/;

/** Type, mode, owner, link target and digest of everything in the image, by path; times are left out, and folders' too. */
async function filesOf(image: string, differs: RegExp | undefined): Promise<Record<string, string>> {
  const { stdout } = await engine.docker(['create', image, 'true']);
  const container = stdout.trim();
  const archive = path.join(folder, 'export.tar');
  try {
    await engine.docker(['export', '-o', archive, container]);
  } finally {
    await engine.docker(['rm', container]);
  }
  const found: Record<string, string> = {};
  const reader = extract();
  fs.createReadStream(archive).pipe(reader);
  for await (const entry of reader) {
    const digest = createHash('sha256');
    for await (const chunk of entry) digest.update(chunk as Buffer);
    const { name, type, mode, uid, gid, linkname } = entry.header;
    if (changing.test(name) || differs?.test(name)) continue;
    found[name] = `${type} ${mode?.toString(8)} ${uid}:${gid} ${linkname ?? ''} ${digest.digest('hex').slice(0, 12)}`;
  }
  return found;
}

function shippedIndexes(): PackageIndexes {
  const data = path.join(REPOSITORY, 'server/src/packages/data/debian-bookworm.br');
  const index = openDistribution(new Uint8Array(brotliDecompressSync(fs.readFileSync(data))));
  assert.ok(index);
  const nothing = { state: 'unknown', reason: 'not asked' } as const;
  return {
    distribution: () => ({ state: 'ready', value: index, basis: 'computed', source: 'what is shipped' }),
    npm: () => nothing,
    pypi: () => nothing,
    url: () => nothing,
  };
}

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
  const changed = applyEdits(text, edits);
  const old = await build(context, text, `${slug}-before`);
  const rewritten = await build(context, changed, `${slug}-after`);
  const [first, second] = [await filesOf(old, differs), await filesOf(rewritten, differs)];
  if (fewer) {
    const surplus = Object.entries(second).filter(([file, entry]) => first[file] !== entry && !records.test(file));
    assert.deepEqual(surplus, []);
  } else assert.deepEqual(second, first);
  const [was, is] = [await inspect(old), await inspect(rewritten)];
  assert.deepEqual(is.Config, was.Config);
  assert.equal(is.RootFS.Layers.length - was.RootFS.Layers.length, effect.layers, 'layers change as promised');
  const change = is.Size - was.Size;
  if (foretold) assert.ok(effect.bytes !== null, 'the bytes are not foretold');
  process.stderr.write(`${name}: ${change} bytes, promised ${JSON.stringify(effect.bytes)}\n`);
  if (effect.bytes !== null) {
    assert.ok(
      change >= (effect.bytes.low ?? change) - loggedBytes && change <= effect.bytes.high + loggedBytes,
      `${change} bytes, promised ${JSON.stringify(effect.bytes)}`,
    );
  }
}

describe('rewritten RUN instructions', () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
