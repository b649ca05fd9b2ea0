/**
 * A base image pinned by the digest that its tag names builds the same image, and stays on it when the tag moves on. One file is built each
 * time; STRATA_REFACTOR=all builds all.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits } from '../../server/src/refactor';
import { buildImage, filesOf } from './compared-image';
import type { Engine } from './engine.mjs';
import { offersOf } from './own-analysis';
import { describeTrial, tryRefactoring } from './refactor-trial';
import { type RegistryServer, startRegistry } from './registry-server';
import { makeFolder, openSession, removeFolder } from './session';

let engine: Engine;
let folder: string;
let registry: RegistryServer;
let base: string;
let other: string;
const images: string[] = [];

/** Each pins all that is offered; `{base}` and `{other}` are images of the registry. */
const cases: Readonly<Record<string, { readonly text: string; readonly offers: number }>> = {
  'one stage': { text: 'FROM {base}\nRUN echo a > /a\nCMD ["sh"]\n', offers: 1 },
  'a stage that another copies from': {
    text: '# Tools\nFROM {base} AS build\nRUN echo b > /b\n\nFROM {other}\nCOPY --from=build /b /b\n',
    offers: 2,
  },
  'a stage that another stands on': {
    text: 'FROM {base} AS common\nENV A=1\nFROM common\nRUN echo c > /c\n',
    offers: 1,
  },
  'a platform, small letters, carriage returns': {
    text: 'from --platform=linux/amd64 {base} as only\r\nworkdir /srv\r\n',
    offers: 1,
  },
  'the same image twice': {
    text: 'FROM {base} AS one\nRUN echo d > /d\nFROM {base}\nCOPY --from=one /d /e\n',
    offers: 2,
  },
  'a name in an argument': { text: 'ARG BASE={base}\nFROM $BASE\nRUN echo f > /f\n', offers: 0 },
};

const whole = process.env.STRATA_REFACTOR === 'all';
const chosen = Object.entries(cases).filter(([name]) => whole || name === 'a stage that another copies from');

async function push(name: string, text: string): Promise<void> {
  const dockerfile = path.join(folder, 'base.Dockerfile');
  fs.writeFileSync(dockerfile, text);
  images.push(name);
  await buildImage(engine, { dockerfile, context: folder, image: name });
  await engine.docker(['push', '-q', name]);
}

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'pin-refactor');
  registry = await startRegistry(path.join(folder, 'registry'), false);
  base = `${registry.host}/tools/base:1`;
  other = `${registry.host}/tools/other:1.0-slim`;
  await push(base, 'FROM busybox\nRUN echo first > /edition\n');
  await push(other, 'FROM busybox\nRUN echo other > /edition\n');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  await registry?.stop();
  removeFolder(folder);
  await engine.stop();
});

describe('base images pinned by digest', () => {
  const pinned: { readonly dockerfile: string; readonly image: string }[] = [];
  for (const [name, { text: written, offers }] of chosen) {
    test(name, async () => {
      const slug = `pin-${name.replace(/\W+/g, '-')}`;
      const text = written.replaceAll('{base}', base).replaceAll('{other}', other);
      const context = path.join(folder, slug);
      fs.mkdirSync(context);
      const dockerfile = path.join(folder, `${slug}.Dockerfile`);
      fs.writeFileSync(dockerfile, text);
      const found = (await offersOf(engine, { dockerfile, context })).filter(({ id }) => id.startsWith('pin-base:'));
      assert.equal(found.length, offers);
      for (const { effect } of found) assert.deepEqual(effect.bytes, { low: 0, high: 0, best: 0 });
      const [first] = found;
      if (first === undefined) return;
      const edits = found.flatMap((each) => each.edits);
      const { effect } = first;
      const changed = applyEdits(text, edits);
      const trial = { name: slug, context, folder, text, changed, effect, difference: { kind: 'paths' as const } };
      const result = await tryRefactoring(engine, trial, images);
      console.log(describeTrial(name, effect, result));
      assert.deepEqual(result.faults, []);
      pinned.push({ dockerfile: path.join(folder, `${slug}-after.Dockerfile`), image: `strata-trial-${slug}-after` });
    });
  }

  test('the tag moves on', async () => {
    assert.ok(pinned.length > 0);
    const before = await Promise.all(pinned.map(({ image }) => filesOf(engine, image)));
    await push(base, 'FROM busybox\nRUN echo second > /edition\n');
    for (const [index, { dockerfile, image }] of pinned.entries()) {
      const again = `${image}-again`;
      images.push(again);
      const vertexes = await buildImage(engine, { dockerfile, context: folder, image: again });
      const ran = vertexes.filter(({ name, cached }) => /^\[.*\] (?:RUN|COPY|WORKDIR)/i.test(name) && !cached);
      assert.deepEqual(
        ran.map(({ name }) => name),
        [],
      );
      assert.deepEqual(await filesOf(engine, again), before[index]);
    }
  });
});
