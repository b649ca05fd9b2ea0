/** Diagnostics of steps that run again for what they do not use, each with the refactorings that put it right. */
import { buildGraph } from '../build/graph';
import { stepLine } from '../build/step-line';
import type { BuildStep } from '../build/types';
import { parseDockerfile } from '../dockerfile/parse';
import { t } from '../localize';
import { applyEdits } from '../refactor';
import { finding } from './finding-rules';
import { sourceBeforeInstall } from './source-before-install';
import type { Finding, Refactoring, Stage, Step } from './types';
import type { Understanding } from './understanding';

/** Seconds per commit by the forecast from which a step is worth a diagnostic. */
const noticeablePerCommit = 0.5;
/** The same without a forecast: seconds each time. */
const noticeable = 5;

/** All of them; the durations and forecasts are those of the report's stages. */
export function orderFindings(
  understanding: Understanding,
  refactorings: readonly Refactoring[],
  stages: readonly Stage[],
): readonly Finding[] {
  return [
    ...installFindings(understanding, refactorings),
    ...rareFindings(understanding, refactorings, stages),
    ...lateFindings(understanding, refactorings, stages),
  ];
}

/** Refactorings of the rule after which no such finding stands. */
function mendingFixes(
  { dockerfile, graph }: Understanding,
  refactorings: readonly Refactoring[],
  prefix: string,
): readonly string[] {
  const inputs = { buildArguments: {}, platform: graph.platform };
  return refactorings
    .filter(({ id, edits }) => {
      if (!id.startsWith(prefix)) return false;
      const after = buildGraph(parseDockerfile(applyEdits(dockerfile.text, edits)), inputs, () => undefined);
      return sourceBeforeInstall(after).length === 0;
    })
    .map(({ id }) => id);
}

function installFindings(understanding: Understanding, refactorings: readonly Refactoring[]): readonly Finding[] {
  const places = sourceBeforeInstall(understanding.graph);
  if (places.length === 0) return [];
  const splits = mendingFixes(understanding, refactorings, 'split-');
  return places.map(({ stage, copy, install, command }) => {
    const line = stepLine(stage, install);
    const message = t(
      'Each change of any file copied here runs "{0}" in line {1} again. Copy the manifests and lock file first, install, then copy the rest.',
      command,
      line,
    );
    const first = refactorings.filter(({ id }) => id === `manifests-first:${line}`).map(({ id }) => id);
    return finding('source-before-install', message, copy.instruction.range, [...first, ...splits]);
  });
}

function rareFindings(
  { graph }: Understanding,
  refactorings: readonly Refactoring[],
  stages: readonly Stage[],
): readonly Finding[] {
  return refactorings.flatMap(({ id, line }) => {
    const run = Number(/^rare-first:(\d+)$/.exec(id)?.[1]);
    const step = stages.flatMap(({ steps }) => steps).find((each) => each.line === run && each.origin === undefined);
    const own = graph.stages.flatMap(({ steps }) => steps).find((each) => lineOf(each) === run);
    if (step === undefined || own === undefined || !isCostly(step)) return [];
    const message = t(
      'Each change of any file copied in line {0} runs this step again ({1} s), which does not use them. Run it before the copy.',
      line,
      Math.round(step.duration ?? 0),
    );
    return [finding('rare-after-source', message, own.instruction.range, [id])];
  });
}

function lineOf({ origin, instruction }: BuildStep): number {
  return origin.kind === 'own' ? instruction.range.start.line + 1 : 0;
}

function isCostly({ duration, forecast }: Step): boolean {
  if (duration === undefined) return false;
  if (forecast === undefined) return duration >= noticeable;
  return duration * (1 - forecast.kept / forecast.commits) >= noticeablePerCommit;
}

/** Only where the next build runs a step again because of the very argument. */
function lateFindings(
  { graph }: Understanding,
  refactorings: readonly Refactoring[],
  stages: readonly Stage[],
): readonly Finding[] {
  return refactorings.flatMap(({ id, line, endLine }) => {
    if (!id.startsWith('move-late:')) return [];
    const steps = graph.stages
      .flatMap((stage) => stage.steps)
      .filter((step) => lineOf(step) >= line && lineOf(step) <= endLine);
    const names = steps.flatMap(({ instruction }) =>
      instruction.keyword === 'ARG' ? instruction.pairs.map(({ name }) => name.text) : [],
    );
    const runs = stages
      .flatMap((stage) => stage.steps)
      .filter((step) => step.instruction === 'RUN' && step.line >= line && step.line <= endLine);
    const because = runs.find(({ cache }) => cache.cause?.input !== undefined && names.includes(cache.cause.input));
    const declared = steps.find(({ instruction }) => instruction.keyword === 'ARG');
    const seconds = runs.reduce((sum, { duration = 0 }) => sum + duration, 0);
    if (because === undefined || declared === undefined || seconds < noticeable) return [];
    const message = t(
      'Each new value of {0} runs line {1} again ({2} s), which has no use for it. Declare it further down.',
      because.cache.cause?.input ?? '',
      runs.map((step) => step.line).join(', '),
      Math.round(seconds),
    );
    return [finding('argument-before-steps', message, declared.instruction.range, [id])];
  });
}
