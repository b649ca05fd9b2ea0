/**
 * An engine that keeps images in containerd prints disk usage: the report's sizes stay content bytes, which such an engine
 * has too (they are in `docker save`), and tell beside them what it will print.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Step } from '../../server/src/report/types';
import { COPY_CASES } from './accuracy/copy-cases';
import { FILE_CASES } from './accuracy/file-cases';
import { stepsOfImage } from './accuracy-layers';
import { apiGet, type Engine } from './engine.mjs';
import { saveImage } from './image-archive';
import { analyze, makeFolder, openSession, removeFolder, writeContext } from './session';

const NAMES = [
  'copy: folders and files',
  'copy: links',
  'copy: archives',
  'copy: arguments and working directories',
  'files: cp',
  'files: tar in one layer',
  'files: mkdir and touch',
  'files: rm in a later layer',
  'files: truncate and dd',
];

let engine: Engine;

before(async () => {
  process.env.STRATA_IMAGE_STORE = 'containerd';
  engine = await openSession(['busybox']);
});

after(async () => {
  await engine.stop();
});

/**
 * The busybox stand-in lacks /dev, /proc and /sys: the first RUN makes these folders, for what is mounted there.
 */
const MOUNT_POINTS = 3 * 4096;

const firstRun = (steps: readonly Step[]): Step | undefined => steps.find(({ instruction }) => instruction === 'RUN');

interface HistoryEntry {
  readonly CreatedBy: string;
  readonly Size: number;
}

describe('containerd image store', () => {
  test('the engine keeps its images there', () => {
    assert.equal(engine.imageStore, 'containerd');
  });

  for (const one of [...COPY_CASES, ...FILE_CASES].filter(({ name }) => NAMES.includes(name))) {
    test(one.name, async () => {
      const context = makeFolder(engine, 'stores');
      const image = `strata-stores:${process.pid}`;
      try {
        writeContext(context, { ...one.files, Dockerfile: one.dockerfile });
        const args = [path.join(context, 'Dockerfile'), '--socket', engine.socket, '--baseline', 'none', '--offline'];
        const report = await analyze(args);
        await engine.docker(['build', '--network=host', '--provenance=false', '-t', image, context], {
          timeoutMs: 120_000,
        });
        const history = (await apiGet(engine.socket, `/images/${image}/history`)) as HistoryEntry[];
        const { layers } = await saveImage(engine.socket, image);
        const steps = stepsOfImage(report);
        const contents = layers.map((layer) => layer.reduce((total, { size }) => total + size, 0));
        const made = steps.filter(({ produces }) => produces === 'layer');
        assert.deepEqual(
          made.map(({ text, size }) => [text, size.bytes]),
          made.map(({ text }, index) => [text, contents[contents.length - made.length + index]]),
          'content bytes',
        );
        const printed = history.reverse().slice(-steps.length);
        const wrong = steps.flatMap((step, index) => {
          const size = (printed[index]?.Size ?? 0) - (step === firstRun(steps) ? MOUNT_POINTS : 0);
          const expected = step.printed;
          const right =
            expected?.basis === 'estimated'
              ? size >= expected.low && (expected.high === null || size <= expected.high)
              : expected?.bytes === size;
          return right ? [] : [{ step: step.text, expected, size }];
        });
        assert.deepEqual(wrong, [], 'what docker history prints');
      } finally {
        await engine.docker(['rmi', '-f', image], { allowFailure: true });
        removeFolder(context);
      }
    });
  }
});
