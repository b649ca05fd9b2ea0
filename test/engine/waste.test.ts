/** Wasted bytes and efficiency of the report against the image that the engine makes, read from `docker save`. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AccuracyCase } from './accuracy/case';
import { COPY_CASES } from './accuracy/copy-cases';
import { FILE_CASES } from './accuracy/file-cases';
import type { Engine } from './engine.mjs';
import { saveImage } from './image-archive';
import { diveFigures, hiddenBytes } from './image-waste';
import { analyze, type Entry, makeFolder, openSession, removeFolder, writeContext } from './session';

const NAMES = [
  'copy: same files again and again',
  'copy: stages',
  'files: rm in a later layer',
  'files: rm in the same layer',
  'files: rm with patterns',
  'files: mv of a lower file',
  'files: links',
  'files: mkdir and touch',
  'files: chown and chmod',
  'files: chown of what is owned so',
  'files: redirections',
  'files: tar out',
  'files: sed in place',
  'files: replaced by another type',
];

/** Programs that the cases' RUN lines use. */
const PROGRAMS = 'sh rm mv cp ln mkdir touch chown chmod cat echo printf tar sed true head'.split(' ');

/**
 * The case on a base of its own, whose files are all known: what lies in a base image is known by its size alone, and the
 * efficiency of an image counts the base too.
 */
function onKnownBase(one: AccuracyCase): string {
  return one.dockerfile.replaceAll(
    /^FROM busybox( AS \S+)?$/gm,
    (_, name: string | undefined) => `FROM scratch${name ?? ''}\nCOPY root /`,
  );
}

/**
 * By how much the score may be off, where dive's way of counting is not followed: it loses what a folder held that a file
 * takes the place of, and counts a file once that several layers bring up unchanged.
 */
const OFF: Readonly<Record<string, number>> = {
  'files: chown and chmod': 0.006,
  'files: replaced by another type': 0.01,
};

let engine: Engine;
let busybox: Buffer;
let images = 0;

before(async () => {
  engine = await openSession(['busybox']);
  const folder = makeFolder(engine, 'busybox');
  try {
    writeContext(folder, { Dockerfile: 'FROM scratch\nCOPY --from=busybox /bin/busybox /busybox\n' });
    await engine.docker(['build', '-q', '-o', `type=local,dest=${path.join(folder, 'out')}`, folder]);
    busybox = fs.readFileSync(path.join(folder, 'out', 'busybox'));
  } finally {
    removeFolder(folder);
  }
});

after(async () => {
  await engine.stop();
});

describe('waste', () => {
  for (const one of [...COPY_CASES, ...FILE_CASES].filter(({ name }) => NAMES.includes(name))) {
    test(one.name, async () => {
      const context = makeFolder(engine, 'waste');
      const image = `strata-waste:${process.pid}-${images++}`;
      try {
        const programs = PROGRAMS.map((name): [string, Entry] => [`root/bin/${name}`, { link: 'busybox' }]);
        writeContext(context, {
          ...one.files,
          ...Object.fromEntries(programs),
          'root/bin/busybox': { bytes: busybox },
          'root/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
          'root/tmp': { folder: true },
          Dockerfile: onKnownBase(one),
        });
        fs.chmodSync(path.join(context, 'root/bin/busybox'), 0o755);
        const socket = path.join(context, 'no-engine.sock');
        const report = await analyze([context, '--socket', socket, '--baseline', 'none', '--offline']);
        await engine.docker(['build', '--network=host', '--provenance=false', '-t', image, context], {
          timeoutMs: 120_000,
        });
        const saved = await saveImage(engine.socket, image);
        const dive = diveFigures(saved);
        const { wasted, efficiency } = report.image;
        assert.equal(wasted.bytes, hiddenBytes(saved));
        const off = Math.abs((efficiency ?? 0) - dive.efficiency);
        assert.ok(off <= (OFF[one.name] ?? 0), `efficiency ${efficiency}, dive says ${dive.efficiency}`);
      } finally {
        await engine.docker(['rmi', '-f', image], { allowFailure: true });
        removeFolder(context);
      }
    });
  }
});
