/** Layer numbers and sizes of the report are those of the image that the engine makes. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Report, Step } from '../../server/src/report/types';
import { apiGet, type Engine } from './engine.mjs';
import { analyze, makeFolder, openSession, REPOSITORY, removeFolder, writeContext } from './session';
import { SIZE_CASES } from './sizes-cases';

/** What `docker history` shows, oldest first. */
interface HistoryEntry {
  readonly CreatedBy: string;
  readonly Size: number;
}

let engine: Engine;
const images: string[] = [];

before(async () => {
  engine = await openSession(['busybox', 'node:20-slim', 'node:20']);
});

after(async () => {
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  await engine.stop();
});

/** The steps that end up in the target's image, oldest first: those of the stages it stands on, then its own. */
function stepsOfImage(report: Report): Step[] {
  const chain: Step[] = [];
  let stage = report.stages.find((one) => one.target);
  while (stage !== undefined) {
    chain.unshift(...stage.steps);
    const below: number | undefined = stage.base.stage;
    stage = below === undefined ? undefined : report.stages[below];
  }
  // BuildKit writes no history entry for ONBUILD (dockerfile2llb/convert.go, dispatchOnbuild).
  return chain.filter((step) => step.instruction.toUpperCase() !== 'ONBUILD');
}

const isCopied = (step: Step): boolean => ['COPY', 'ADD', 'WORKDIR'].includes(step.instruction.toUpperCase());

interface Comparison {
  readonly problems: readonly string[];
  readonly exact: number;
  readonly measured: number;
}

/** Compares a report with the image that was built. `measured` says whether RUN sizes must be known. */
async function compare(report: Report, image: string, measured: boolean): Promise<Comparison> {
  const history = (await apiGet(engine.socket, `/images/${image}/history`)) as HistoryEntry[];
  const inspected = (await apiGet(engine.socket, `/images/${image}/json`)) as {
    RootFS: { Layers?: string[] };
    Size: number;
  };
  const layerCount = inspected.RootFS.Layers?.length ?? 0;
  const steps = stepsOfImage(report);
  const entries = history.reverse().slice(-steps.length || history.length);
  const problems: string[] = [];
  let exact = 0;
  let runs = 0;
  let layer = layerCount - steps.filter((step) => step.produces === 'layer').length;
  for (const [index, step] of steps.entries()) {
    const entry = entries[index];
    const where = `line ${step.line} ${step.text}`;
    if (entry === undefined) {
      problems.push(`${where}: no history entry`);
      continue;
    }
    if (step.produces === 'layer') {
      layer++;
      if (step.layer !== layer) problems.push(`${where}: layer ${step.layer} in the report, ${layer} in the image`);
    } else if (step.layer !== undefined) problems.push(`${where}: has a layer number but makes no layer`);
    const size = step.size.bytes;
    const shown = `${size} (${step.size.basis}) in the report, ${entry.Size} in docker history`;
    // What an earlier RUN may have changed nobody knows before the build.
    const open = !measured && size === null && step.text.includes('--from=');
    if (open) continue;
    if (isCopied(step) || step.produces !== 'layer') {
      exact++;
      if (size !== entry.Size) problems.push(`${where}: ${shown}`);
    } else if (measured) {
      runs++;
      if (size === null || Math.abs(size - entry.Size) > entry.Size * 0.01) problems.push(`${where}: ${shown}`);
    } else {
      const { low, high } = step.size;
      if (entry.Size < low || (high !== null && entry.Size > high))
        problems.push(`${where}: ${low} to ${high} before the build, ${entry.Size} in docker history`);
    }
  }
  if (report.image.layers !== layerCount)
    problems.push(`${report.image.layers} layers in the report, ${layerCount} in the image`);
  const total = report.image.size.bytes;
  if (measured && (total === null || Math.abs(total - inspected.Size) > inspected.Size * 0.01))
    problems.push(`the image has ${total} bytes in the report, ${inspected.Size} in docker inspect`);
  return { problems, exact, measured: runs };
}

async function build(context: string, image: string, args: readonly string[]): Promise<void> {
  const options = ['--network=host', '--progress=plain', '--provenance=false', '-t', image];
  await engine.docker(['build', ...options, ...args, context], { timeoutMs: 300_000 });
  images.push(image);
}

describe('sizes and layer numbers', () => {
  let exact = 0;
  let measured = 0;
  for (const [index, one] of SIZE_CASES.entries()) {
    test(one.name, async () => {
      const context = makeFolder(engine, 'sizes');
      try {
        writeContext(context, { ...one.files, Dockerfile: one.dockerfile });
        const dockerfile = path.join(context, 'Dockerfile');
        const args = [dockerfile, '--socket', engine.socket, ...(one.args ?? [])];
        const ahead = await analyze(args);
        const image = `strata-sizes:${index}-${process.pid}`;
        await build(context, image, one.args ?? []);
        const before = await compare(ahead, image, false);
        const afterwards = await compare(await analyze(args), image, true);
        exact += afterwards.exact;
        measured += afterwards.measured;
        assert.deepEqual(
          { 'before the build': before.problems, 'after the build': afterwards.problems },
          { 'before the build': [], 'after the build': [] },
        );
      } finally {
        removeFolder(context);
      }
    });
  }

  test('the Node example', { timeout: 600_000 }, async () => {
    const context = makeFolder(engine, 'node-app');
    try {
      fs.cpSync(path.join(REPOSITORY, 'examples', 'node-app'), context, {
        recursive: true,
        filter: (source) => !source.split(path.sep).slice(-1).includes('node_modules'),
      });
      const dockerfile = path.join(context, 'Dockerfile');
      const args = [dockerfile, '--socket', engine.socket];
      const ahead = await analyze(args);
      const image = `strata-sizes:node-app-${process.pid}`;
      await build(context, image, []);
      const before = await compare(ahead, image, false);
      const afterwards = await compare(await analyze(args), image, true);
      exact += afterwards.exact;
      measured += afterwards.measured;
      assert.deepEqual(
        { 'before the build': before.problems, 'after the build': afterwards.problems },
        { 'before the build': [], 'after the build': [] },
      );
    } finally {
      removeFolder(context);
    }
  });

  after(() => {
    console.log(`sizes: ${exact} steps compared exactly, ${measured} RUN steps within 1 %`);
  });
});
