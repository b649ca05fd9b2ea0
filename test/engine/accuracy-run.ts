/** Predicts and builds the cases of the accuracy suite, one after the other. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Report } from '../../server/src/report/types';
import type { AccuracyCase } from './accuracy/case';
import { compareLayers, type LayerRow, MODES, type Mode } from './accuracy-layers';
import { projectFiles } from './accuracy-projects';
import { rememberedTruth, type Truth, truthOf } from './accuracy-truth';
import { type Engine, run } from './engine.mjs';
import { type Entry, makeFolder, PROGRAM, removeFolder, writeContext } from './session';

/** A cold index of 1,500 packages may take minutes on a slow line. */
const PREDICTION_LIMIT_MS = 300_000;

/** `strata analyze` without engine and baseline, its indexes kept below `indexes`. */
export async function predict(context: string, mode: Mode, args: readonly string[], indexes: string): Promise<Report> {
  const options = ['--format', 'json', '--baseline', 'none', '--socket', path.join(context, 'no-engine.sock')];
  if (mode === 'offline') options.push('--offline');
  const outcome = await run(process.execPath, [PROGRAM, 'analyze', context, ...options, ...args], {
    allowFailure: true,
    timeoutMs: PREDICTION_LIMIT_MS,
    env: { XDG_CACHE_HOME: path.join(indexes, mode) },
  });
  assert.equal(outcome.code, 0, `strata analyze ended with ${outcome.code}: ${outcome.stderr}`);
  return JSON.parse(outcome.stdout) as Report;
}

export interface CaseOutcome {
  readonly rows: readonly LayerRow[];
  readonly reports: Readonly<Record<Mode, Report>>;
  readonly truth: Truth;
}

/** What a case's context holds, with the lock file of its project. */
async function filesOf(one: AccuracyCase): Promise<Record<string, Entry>> {
  return { ...one.files, ...(one.project && (await projectFiles(one.project))), Dockerfile: one.dockerfile };
}

/** True when what the case's layers weigh is remembered from a build of the last days. */
export async function isRemembered(engine: Engine, one: AccuracyCase): Promise<boolean> {
  return (await rememberedTruth(engine, one, await filesOf(one))) !== undefined;
}

/**
 * Predicts the case's layers in every mode, then builds it. `indexes` is a folder for package indexes, empty at the first
 * case. Rejects when the program fails or the build does.
 */
export async function runCase(engine: Engine, one: AccuracyCase, indexes: string): Promise<CaseOutcome> {
  const context = makeFolder(engine, 'accuracy');
  try {
    const files = await filesOf(one);
    writeContext(context, files);
    const args = one.args ?? [];
    const [live, offline] = await Promise.all([
      predict(context, 'live', args, indexes),
      predict(context, 'offline', args, indexes),
    ]);
    const reports = { live, offline };
    const truth = await truthOf(engine, one, files, context);
    return { rows: MODES.flatMap((mode) => compareLayers(one, mode, reports[mode], truth)), reports, truth };
  } finally {
    removeFolder(context);
  }
}
