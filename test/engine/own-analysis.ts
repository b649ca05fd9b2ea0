/** The program's own analysis of a file beside a real engine, without a process for each question. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createColors } from 'picocolors';
import { gather } from '../../server/src/cli/gather';
import type { Inputs } from '../../server/src/cli/inputs';
import type { Terminal } from '../../server/src/cli/terminal';
import { type BaselineChoice, describeChoice } from '../../server/src/facts/baseline-choice';
import { systemClock } from '../../server/src/facts/clock';
import { createFactsHost, type FactsHost } from '../../server/src/facts/host';
import { buildRecordOf } from '../../server/src/facts/record-present';
import type { Refactoring, Report } from '../../server/src/report/types';
import type { Engine } from './engine.mjs';
import { PROGRAM } from './session';

/** What is built: a Dockerfile, its context and what is given to the build. */
export interface Subject {
  readonly dockerfile: string;
  readonly context: string;
  readonly target?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
}

const silent: Terminal = {
  environment: {},
  folder: '/',
  width: 120,
  colors: createColors(false),
  print: () => Promise.resolve(),
  say: () => undefined,
  progress: () => undefined,
  readInput: () => Promise.resolve(''),
};
const log = { info: () => undefined, warn: () => undefined };

function inputsOf(engine: Engine, { dockerfile, context, target, buildArguments = {} }: Subject): Inputs {
  return {
    text: fs.readFileSync(dockerfile, 'utf8'),
    faithful: true,
    analysis: {
      dockerfilePath: dockerfile,
      contextPath: context,
      buildArguments,
      platform: 'linux/amd64',
      ...(target !== undefined && { target }),
    },
    socket: engine.socket,
    offline: true,
  };
}

async function withFacts<T>(
  engine: Engine,
  subject: Subject,
  baseline: BaselineChoice,
  use: (host: FactsHost, report: Report, inputs: Inputs) => T | Promise<T>,
): Promise<T> {
  const inputs = inputsOf(engine, subject);
  const host = createFactsHost({
    dockerfilePath: subject.dockerfile,
    contextPath: subject.context,
    trusted: true,
    offline: true,
    engine: { enabled: true, socket: engine.socket },
    baseline: describeChoice(baseline),
    // The thread that reads the context is the program's.
    workerPath: path.join(path.dirname(PROGRAM), 'worker.js'),
    asksOnce: false,
    platform: inputs.analysis.platform,
    log,
    clock: systemClock,
  });
  try {
    return await use(host, await gather(inputs, host, silent), inputs);
  } finally {
    host.dispose();
  }
}

/** What is offered for a file, its effects worked out. */
export function offersOf(engine: Engine, subject: Subject): Promise<readonly Refactoring[]> {
  // An effect is worked out when it is read, from facts that are let go of afterwards.
  return withFacts(engine, subject, { kind: 'none' }, (_, { refactorings }) =>
    refactorings.map((each): Refactoring => ({ ...each, effect: each.effect })),
  );
}

/** Keeps the keys of the present state, as `strata record` does. */
export function recordState(engine: Engine, subject: Subject, file: string): Promise<void> {
  return withFacts(engine, subject, { kind: 'record', file }, async (host, _, inputs) => {
    const made = await buildRecordOf(inputs.text, inputs.analysis, host);
    assert.ok(made.kind === 'ok', made.kind === 'failed' ? made.reason : '');
    const kept = await host.recordBuilt(made.value);
    assert.ok(kept.kind === 'ok', kept.kind === 'failed' ? kept.reason : '');
  });
}

/** What is foretold of the next build against a record. */
export function foretell(engine: Engine, subject: Subject, file: string): Promise<Report> {
  return withFacts(engine, subject, { kind: 'record', file }, (_, report) => report);
}
