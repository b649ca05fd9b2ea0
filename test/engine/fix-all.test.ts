/** Fix-all leaves every file of the image and its configuration as they are, and takes away at least what it promises. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixAll } from '../../server/src/refactor/fix-all';
import { analyse } from '../../server/src/report/analyse';
import { factsOf, inputsOf } from '../unit/report/scenario';
import { ImageBuilder } from './built-image';
import { chosenCases } from './chosen-cases';
import type { Engine } from './engine.mjs';
import { makeFolder, openSession, removeFolder, writeContext } from './session';

/** Cases that are built each time; STRATA_REFACTOR=all builds all. */
const usual =
  '^(?:a deletion in the next instruction|a deletion further down|ADD of folders, between what has carriage returns)$';

let engine: Engine;
let folder: string;
let images: ImageBuilder;

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'fix-all');
  images = new ImageBuilder(engine, folder, 'strata-fix-all');
});

after(async () => {
  await images.remove();
  removeFolder(folder);
  await engine.stop();
});

interface FixCase {
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Rules that take part, in their order. */
  readonly applied: readonly string[];
}

const files = { 'src/a': 'a', 'src/b/c': 'c', 'conf/x': 'x' };
const big = 'dd if=/dev/zero of=/big bs=1000 count=3000';

const cases: Readonly<Record<string, FixCase>> = {
  'a deletion in the next instruction': {
    text: `FROM busybox\nRUN ${big}\n# gone\nRUN rm /big\nCMD ["sh"]\n`,
    applied: ['merge-run'],
  },
  'a deletion further down': {
    text: `FROM busybox\nWORKDIR /w\nRUN ${big} && wc -c /big > size\nCOPY src /src\nRUN rm /big\nENV A=b\n`,
    files,
    applied: ['move-rm'],
  },
  'ADD of folders, between what has carriage returns': {
    text: `FROM busybox\r\nADD src /srv/\r\n# one\r\nRUN ${big}\r\nRUN rm /big\r\nADD --chown=1:2 conf /etc/conf\r\nUSER 1\r\n`,
    files,
    applied: ['merge-run', 'add-to-copy', 'add-to-copy'],
  },
  'a mode of its own for one file': {
    text: 'FROM busybox\nRUN mkdir /srv\nCOPY src/a /srv/a\nRUN chmod 700 /srv/a\nEXPOSE 80\n',
    files,
    applied: ['copy-attributes'],
  },
  'another escape character, a heredoc, and nothing to gain': {
    text: '# escape=`\nFROM busybox\nRUN <<EOF\nset -e\nmkdir /a\nEOF\nRUN mkdir /b && `\n  echo c > /b/c\nCOPY src /src\n',
    files,
    applied: [],
  },
  'an owner, and stages': {
    text: `FROM busybox AS made\nRUN ${big}\nRUN cp /big /kept\nRUN rm /big\nFROM busybox\nADD --chmod=640 src /srv/\nCOPY --from=made /kept /kept\n`,
    files,
    applied: ['add-to-copy'],
  },
};

async function check(name: string, each: FixCase): Promise<void> {
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const scene = { text: each.text, files: each.files ?? {} };
  const [inputs, facts] = [inputsOf(scene), factsOf(scene)];
  const { text, applied } = fixAll(each.text, (now) => analyse(now, inputs, facts).unchanging());
  const rules = applied.map((id) => id.slice(0, id.indexOf(':')));
  assert.deepEqual(rules, each.applied);
  const context = path.join(folder, slug);
  fs.mkdirSync(context);
  writeContext(context, { ...each.files, '.dockerignore': '*Dockerfile\n.dockerignore\n' });
  const build = (source: string, kind: string) => {
    const dockerfile = path.join(context, `${kind}.Dockerfile`);
    fs.writeFileSync(dockerfile, source);
    return images.build(context, dockerfile, `${slug}-${kind}`);
  };
  const [old, changed] = [await build(each.text, 'before'), await build(text, 'after')];
  assert.deepEqual(await images.files(changed), await images.files(old));
  const [was, is] = [await images.inspect(old), await images.inspect(changed)];
  assert.deepEqual(is.Config, was.Config);
  process.stderr.write(`${name}: ${is.Size - was.Size} bytes, ${applied.join(', ')}\n`);
  assert.ok(is.Size <= was.Size);
  if (rules.some((rule) => rule !== 'add-to-copy')) assert.ok(is.Size < was.Size);
}

const chosen = chosenCases(cases, usual);

describe('fix all', () => {
  for (const [name, each] of chosen) test(name, () => check(name, each));
});
