/** `COPY --link` where it is offered leaves the image as it is, on an engine that heeds it, and survives a change of what lies below. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits } from '../../server/src/refactor';
import { copyLink } from '../../server/src/refactor/copy-link';
import { refactorContext } from '../unit/refactor/scenario';
import { ImageBuilder } from './built-image';
import { chosenCases } from './chosen-cases';
import type { Engine } from './engine.mjs';
import { makeFolder, openSession, removeFolder, writeContext } from './session';

let engine: Engine;
let folder: string;
let images: ImageBuilder;

before(async () => {
  // The classic store ignores the flag.
  process.env.STRATA_IMAGE_STORE = 'containerd';
  engine = await openSession(['busybox']);
  assert.equal(engine.imageStore, 'containerd');
  folder = makeFolder(engine, 'link-refactor');
  images = new ImageBuilder(engine, folder, 'strata-link-refactor');
});

after(async () => {
  await images.remove();
  removeFolder(folder);
  await engine.stop();
});

const files = { 'package.json': '{}', 'src/a.js': 'a', 'src/b/c.js': 'c', 'etc/conf': 'conf', 'etc/d/e': 'e' };
const base = 'FROM busybox\n';

/** Cases that are built each time; STRATA_REFACTOR=all builds all. */
const usual = '^(?:into folders that are not there)$';

/** Dockerfiles, and how many lines are given the flag. */
const cases: Readonly<Record<string, readonly [string, number]>> = {
  'into folders that are not there': [`${base}COPY src /app/src/\nCOPY etc /opt/app/etc\nCMD ["sh"]\n`, 2],
  'behind WORKDIR and a command': [
    `${base}WORKDIR /app\nCOPY package.json ./\nRUN echo one > /one\nCOPY src ./src\nUSER 1000\n`,
    2,
  ],
  'from another stage': [
    'FROM busybox AS build\nRUN mkdir -p /out/deep && echo x > /out/deep/x && chmod 750 /out/deep\nFROM busybox\nWORKDIR /srv/app\nCOPY --from=build /out ./dist\nCOPY --from=build /out/deep/x /opt/x\n',
    2,
  ],
  'files into folders that lie at the root': [
    `${base}RUN mkdir -p /data\nCOPY package.json /opt/\nCOPY package.json etc/conf /srv/app/\nCMD ["sh"]\n`,
    2,
  ],
  'an inline file, and a deletion below': [
    `${base}COPY <<EOF /opt/app/note\ntext\nEOF\nRUN rm -rf /opt/other && echo a > /a\nCOPY etc /srv/conf/etc\n`,
    2,
  ],
};

async function check(name: string, text: string, count: number): Promise<void> {
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const offered = copyLink.offer(refactorContext(text, { files })).refactorings;
  assert.equal(offered.length, count);
  const changed = applyEdits(
    text,
    offered.flatMap(({ edits }) => edits),
  );
  const context = path.join(folder, slug);
  fs.mkdirSync(context);
  writeContext(context, { ...files, '.dockerignore': '*Dockerfile\n.dockerignore\n' });
  const build = (source: string, kind: string) => {
    const dockerfile = path.join(context, `${kind}.Dockerfile`);
    fs.writeFileSync(dockerfile, source);
    return images.build(context, dockerfile, `${slug}-${kind}`);
  };
  const [old, linked] = [await build(text, 'before'), await build(changed, 'after')];
  assert.deepEqual(await images.files(linked), await images.files(old));
  const [was, is] = [await images.inspect(old), await images.inspect(linked)];
  assert.deepEqual(is.Config, was.Config);
  assert.equal(is.RootFS.Layers.length, was.RootFS.Layers.length);
  // The layers of the lines with the flag are the same ones when something below them has changed.
  const moved = changed.replace(base, `${base}RUN echo below > /below\n`);
  const below = await images.inspect(await build(moved, 'moved'));
  const last = is.RootFS.Layers.at(-1);
  if (/--link[^\n]*\n(?:USER|CMD|$)/.test(changed)) assert.equal(below.RootFS.Layers.at(-1), last);
}

const chosen = chosenCases(cases, usual);

describe('COPY --link', () => {
  for (const [name, [text, count]] of chosen) test(name, () => check(name, text, count));
});
