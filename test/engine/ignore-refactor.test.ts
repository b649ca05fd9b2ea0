/** Lines added to an ignore file take exactly the promised bytes out of the image, and what they name rebuilds nothing any more. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { analyse } from '../../server/src/report/analyse';
import type { Refactoring } from '../../server/src/report/types';
import { contextOf, factsOf, inputsOf } from '../unit/report/scenario';
import { ImageBuilder } from './built-image';
import { chosenCases } from './chosen-cases';
import type { Engine } from './engine.mjs';
import { makeFolder, openSession, removeFolder, writeContext } from './session';

/** Cases that are built each time; STRATA_REFACTOR=all builds all. */
const usual = '^(?:no ignore file yet|a comment and another line)$';

let engine: Engine;
let folder: string;
let images: ImageBuilder;

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'ignore-refactor');
  images = new ImageBuilder(engine, folder, 'strata-ignore-refactor');
});

after(async () => {
  await images.remove();
  removeFolder(folder);
  await engine.stop();
});

interface IgnoreCase {
  readonly text: string;
  /** What the ignore file leaves of the context. */
  readonly files: Readonly<Record<string, string>>;
  /** Text of the ignore file; absent: there is none yet. */
  readonly ignore?: string;
  /** The ignore file is the Dockerfile's own. */
  readonly own?: true;
  /** What the ignore file leaves out already. */
  readonly ignored?: Readonly<Record<string, string>>;
  /** The lines that are added. */
  readonly lines: readonly string[];
  /** Paths of the image that are gone then. */
  readonly gone: RegExp;
}

const history = { '.git/HEAD': 'x'.repeat(2000), '.git/objects/a': 'y'.repeat(30_000), app: 'a' };
const modules = { 'node_modules/a/index.js': 'x'.repeat(5000), 'package.json': '{}' };

const cases: Readonly<Record<string, IgnoreCase>> = {
  'no ignore file yet': {
    text: 'FROM busybox\nCOPY . /app/\nRUN true\n',
    files: history,
    lines: ['.git'],
    gone: /^app\/\.git\//,
  },
  'a comment and another line': {
    text: 'FROM busybox\nCOPY . /app/\nRUN npm ci || true\n',
    files: { ...history, ...modules },
    ignore: '# ours\n*.log\n',
    ignored: { 'a.log': 'x' },
    lines: ['.git', 'node_modules'],
    gone: /^app\/(?:\.git|node_modules)\//,
  },
  'the own file of the Dockerfile, with carriage returns and no last one': {
    text: 'FROM busybox\nCOPY . /app/\n',
    files: history,
    ignore: '# ours\r\n*.log',
    own: true,
    lines: ['.git'],
    gone: /^app\/\.git\//,
  },
  'a file that keeps folders with !': {
    text: 'FROM busybox\nWORKDIR /app\nCOPY . .\nRUN npm ci || true\n',
    files: { 'web/package.json': '{}', 'web/node_modules/b/c.js': 'x'.repeat(700), 'web/a.js': 'a' },
    ignore: '*\n!web\n',
    ignored: { 'other/a': 'x' },
    lines: ['web/node_modules'],
    gone: /^app\/web\/node_modules\//,
  },
  'a copy of the copy': {
    text: 'FROM busybox\nCOPY . /app/\nRUN chown -R 1000:1000 /app\n',
    files: history,
    ignore: '',
    lines: ['.git'],
    gone: /^app\/\.git\//,
  },
  'outputs made anew, and a secret': {
    text: 'FROM busybox\nCOPY . /app/\nRUN mkdir -p /app/dist && echo built > /app/dist/a.js # npm run build\n',
    files: { 'dist/a.js': 'x'.repeat(900), 'package.json': '{}', '.env': 'PASSWORD=abcdef123' },
    ignore: 'x\n',
    lines: ['dist', '.env'],
    gone: /^app\/\.env$/,
  },
  'names that are patterns': {
    text: 'FROM busybox\nCOPY . /app/\n',
    files: { '[id]/.git/HEAD': 'x'.repeat(300), 'i/.git/HEAD': 'y'.repeat(200), a: '' },
    ignore: 'i/nothing\n',
    lines: ['\\[id\\]/.git', 'i/.git'],
    gone: /^app\/(?:\[id\]|i)\/\.git\//,
  },
};

function offerFor({ text, files, ignore, own }: IgnoreCase): Refactoring {
  const ready = contextOf(files);
  assert.ok(ready.state === 'ready');
  const ignoreFile = { path: own ? 'Dockerfile.dockerignore' : '.dockerignore', text: ignore ?? '' };
  const scene = { text, files, context: ignore === undefined ? ready : { ...ready, ignoreFile } };
  const { refactorings } = analyse(text, inputsOf(scene), factsOf(scene)).report;
  const offered = refactorings.filter(({ id }) => /^(?:create|extend)-dockerignore:/.test(id));
  assert.equal(offered.length, 1);
  return offered[0] as Refactoring;
}

async function check(name: string, each: IgnoreCase): Promise<void> {
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const context = path.join(folder, slug);
  const { effect, files = [] } = offerFor(each);
  const [change] = files;
  assert.ok(change);
  const added = change.text.slice(change.before?.length ?? 0).split(/\r?\n/);
  assert.deepEqual(added.filter((line) => line !== '').sort(), [...each.lines].sort());
  fs.mkdirSync(context);
  writeContext(context, { ...each.files, ...each.ignored, Dockerfile: each.text });
  // The Dockerfile and the ignore files themselves are not among the files of the case.
  const hide = ['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'].join('\n');
  const ignoreAt = path.join(context, change.path);
  const withHidden = (text: string) => (text === '' ? `${hide}\n` : `${hide}\n${text}`);
  fs.writeFileSync(ignoreAt, withHidden(change.before ?? ''));
  const dockerfile = path.join(context, 'Dockerfile');
  const old = await images.build(context, dockerfile, `${slug}-before`);
  fs.writeFileSync(ignoreAt, withHidden(change.text));
  const changed = await images.build(context, dockerfile, `${slug}-after`);
  const [first, second] = [await images.files(old), await images.files(changed)];
  const kept = Object.entries(first).filter(([file]) => !each.gone.test(file));
  assert.ok(kept.length < Object.keys(first).length, 'something is gone');
  assert.deepEqual(second, Object.fromEntries(kept));
  const [was, is] = [await images.inspect(old), await images.inspect(changed)];
  assert.deepEqual(is.Config, was.Config);
  assert.equal(is.RootFS.Layers.length - was.RootFS.Layers.length, effect.layers);
  assert.ok(effect.bytes !== null && effect.bytes.low !== null, 'the bytes are foretold');
  // A new ignore file is copied like any other; here it is hidden with the others.
  const difference = is.Size - was.Size + (change.before === undefined ? change.text.length : 0);
  process.stderr.write(`${name}: ${difference} bytes, promised ${JSON.stringify(effect.bytes)}\n`);
  assert.ok(difference >= effect.bytes.low && difference <= effect.bytes.high);
  // An edit of what is left out gives the very image again.
  for (const file of Object.keys(each.files).filter((one) => /\.git\/|node_modules\/|^dist\/|^\.env$/.test(one)))
    fs.writeFileSync(path.join(context, file), 'edited');
  const again = await images.inspect(await images.build(context, dockerfile, `${slug}-again`));
  assert.equal(again.Id, is.Id);
}

const chosen = chosenCases(cases, usual);

describe('ignore files', () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
