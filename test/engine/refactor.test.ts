/** What a refactoring makes builds to the same image: files and configuration before and after, by the real builder. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applyEdits, offerRefactorings } from '../../server/src/refactor';
import { refactorContext } from '../unit/refactor/scenario';
import { chosenCases } from './chosen-cases';
import { buildImage, filesOf, type InspectedImage, inspectImage } from './compared-image';
import type { Engine } from './engine.mjs';
import { makeFolder, openSession, REPOSITORY, removeFolder } from './session';

let engine: Engine;
let folder: string;
const images: string[] = [];

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim', 'node:20']);
  folder = makeFolder(engine, 'refactor');
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

async function build(context: string, text: string, name: string): Promise<string> {
  const dockerfile = path.join(folder, `${name}.Dockerfile`);
  fs.writeFileSync(dockerfile, text);
  const image = `strata-refactor-${name}`;
  images.push(image);
  await buildImage(engine, { dockerfile, context, image });
  return image;
}

const merges: Readonly<Record<string, string>> = {
  'a chain':
    'FROM busybox\nWORKDIR /x\nRUN mkdir a && echo 1 > a/b\n# two\nRUN mkdir c\nRUN chmod 700 c && ln -s c d\nCMD ["sh"]\n',
  'state that stays behind':
    'FROM busybox\nENV V=0\nRUN cd /tmp && V=1 && echo $V > one\nRUN echo $V > two && pwd > three\nRUN umask 077; touch four\nRUN touch five\n',
  'alternatives and lists':
    'FROM busybox\nRUN false || echo a > /a\nRUN echo b > /b; echo c > /c\nRUN ! test -e /d\nRUN if test -e /a; then rm /a; fi\n',
  'set -e':
    'FROM busybox\nRUN set -e; echo a > /a; test -e /b || echo b > /b\nRUN set -e; cd /tmp; echo c > c\nRUN set -e; echo d > d\n',
  'a shell with options':
    'FROM busybox\nSHELL ["/bin/sh", "-ec"]\nRUN echo a > /a; echo b > /b\nRUN cd /tmp; echo c > c\nRUN echo d > d\n',
  heredocs:
    'FROM busybox\nRUN <<EOF\necho a > /a\nfalse\necho b > /b\nEOF\nRUN <<-END\n\tcd /tmp\n\techo c > c\n\tEND\nRUN echo d > d\n',
  'heredocs of commands':
    'FROM busybox\nRUN cat <<EOF > /a && cat <<B > /b\n$HOME\nEOF\n  two\nB\nRUN cat <<EOF >> /a; wc /a > /c\nmore\nEOF\nRUN ls /\n',
  'carriage returns': 'FROM busybox\r\nRUN echo a > /a && \\\r\n    # note\r\n    echo b > /b\r\nRUN echo c > /c\r\n',
  'another escape character': '# escape=`\nFROM busybox\nRUN echo a > /a && `\n  echo b > /b\nRUN echo "c\\d" > /c\n',
  'shell comments': 'FROM busybox\nRUN echo a > /a # first\nRUN echo "#" > /b\nRUN echo c > /c # last\n',
  'exec form':
    'FROM busybox\nRUN touch /a\nRUN ["cp", "/a", "/it\'s $HOME"]\nRUN ["/bin/sh", "-c", "echo $0 > /c; true"]\n',
  mounts:
    'FROM busybox\nRUN --mount=type=cache,target=/c echo a > /c/a && cp /c/a /a\nRUN --mount=target=/c,type=cache cp /c/a /b\n',
  users:
    'FROM busybox\nUSER 1000:1000\nRUN echo a > /tmp/a\nRUN cd /tmp && cp a b\nUSER root\nRUN chown 0 /tmp/b\nRUN chmod 600 /tmp/b\n',
  'a later part removes what an earlier one wrote':
    'FROM busybox\nRUN dd if=/dev/zero of=/big bs=1000 count=2000\nRUN cp /big /kept\nRUN rm /big\n',
};

/** Built each time; STRATA_REFACTOR=all builds all. */
const usual = '^(?:a chain|set -e|heredocs|mounts|a later part removes what an earlier one wrote)$';
const chosen = chosenCases(merges, usual);

describe('merging RUN instructions', () => {
  for (const [name, text] of chosen) {
    test(name, async () => {
      const offered = offerRefactorings(refactorContext(text)).filter(({ id }) => id.startsWith('merge-run:'));
      assert.ok(offered.length > 0, 'nothing is offered');
      const slug = name.replace(/\W+/g, '-').toLowerCase();
      const old = await build(folder, text, `${slug}-before`);
      const merged = await build(
        folder,
        applyEdits(
          text,
          offered.flatMap(({ edits }) => edits),
        ),
        `${slug}-after`,
      );
      assert.deepEqual(await filesOf(engine, merged), await filesOf(engine, old));
      const [first, second] = [await inspectImage(engine, old), await inspectImage(engine, merged)];
      assert.deepEqual(second.Config, first.Config);
      const layers = offered.reduce((sum, { effect }) => sum + (effect.layers ?? Number.NaN), 0);
      assert.equal(second.RootFS.Layers.length - first.RootFS.Layers.length, layers);
      for (const { effect } of offered) {
        if (effect.bytes && offered.length === 1)
          assert.ok(
            second.Size - first.Size >= (effect.bytes.low ?? -first.Size) &&
              second.Size - first.Size <= effect.bytes.high,
          );
      }
    });
  }
});

/** Starts a container on the host's network and gives what the application answers. */
async function answersOf(image: string, port: number): Promise<string[]> {
  const { stdout } = await engine.docker(['run', '-d', '--network=host', '-e', `PORT=${port}`, image]);
  const container = stdout.trim();
  try {
    const answers: string[] = [];
    for (const place of ['/', '/board.css', '/nothing']) answers.push(await answer(`http://127.0.0.1:${port}${place}`));
    return answers;
  } finally {
    await engine.docker(['rm', '-f', container]);
  }
}

async function answer(url: string): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(url);
      return `${response.status} ${await response.text()}`;
    } catch (error) {
      if (attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Copies a folder to where the engine's client sees it. */
function contextOf(example: string): string {
  const target = path.join(folder, path.basename(example));
  fs.cpSync(example, target, { recursive: true });
  return target;
}

test('a Node application split into stages is smaller and answers the same', async () => {
  const context = contextOf(path.join(REPOSITORY, 'examples', 'node-app'));
  const text = fs.readFileSync(path.join(context, 'Dockerfile'), 'utf8');
  const names = fs.readdirSync(context, { recursive: true, encoding: 'utf8' });
  const files = Object.fromEntries(
    names
      .filter((name) => fs.statSync(path.join(context, name)).isFile())
      .map((name) => [name.replaceAll('\\', '/'), fs.readFileSync(path.join(context, name), 'utf8')]),
  );
  const [full, slim] = [await inspectImage(engine, 'node:20'), await inspectImage(engine, 'node:20-slim')];
  const known = (image: InspectedImage) => ({ size: image.Size, layers: image.RootFS.Layers.length });
  const scenario = { files, images: { 'node:20': known(full), 'node:20-slim': known(slim) } };
  const [split] = offerRefactorings(refactorContext(text, scenario)).filter(({ id }) => id.startsWith('split-node:'));
  assert.ok(split, 'nothing is offered');
  const old = await build(context, text, 'node-before');
  const divided = await build(context, applyEdits(text, split.edits), 'node-after');
  const [first, second] = [await inspectImage(engine, old), await inspectImage(engine, divided)];
  const change = second.Size - first.Size;
  const { bytes } = split.effect;
  assert.ok(
    bytes && change >= (bytes.low ?? change) && change <= bytes.high,
    `${change} bytes, promised ${JSON.stringify(bytes)}`,
  );
  assert.equal(second.RootFS.Layers.length - first.RootFS.Layers.length, split.effect.layers);
  assert.deepEqual(await answersOf(divided, 43_117), await answersOf(old, 43_118));
});
