/** Why a step runs again, in one line: the first input that differs from the nearest past build. */

import { stepLine } from '../build/step-line';
import type { BuildStage, BuildStep } from '../build/types';
import { t } from '../localize';
import type { CachePrediction } from '../report/types';
import { stageLabel } from './record';
import type { ComparedBuild, OpenContents } from './record-index';
import { inputNames, variablePrefix } from './step-inputs';
import type { KeyInput, RecordedStep } from './types';

/** Why nobody but the builder can tell whether a step reads what a past build read. */
function whyOpen(contents: OpenContents): string {
  const { paths } = contents;
  const names = listed(paths, paths.length);
  switch (contents.kind) {
    case 'unnoticed':
      return t(
        'The builder may have another state of {0} than the disk: it compares neither modes of folders nor contents of the same size and time.',
        names,
      );
    case 'not in git':
      return t('Git keeps no empty folders and little of modes: whether {0} was so is not known.', names);
    case 'unseen':
      if (paths.length === 0) return t('Nothing tells what the build of {0} read in this step.', contents.at);
      return paths.length === 1
        ? t('{0} was written after the build of {1} began: what it held then is not known.', names, contents.at)
        : t('{0} were written after the build of {1} began: what they held then is not known.', names, contents.at);
  }
}

/** It is open whether what a step reads is what a past build read. */
export function explainOpen(contents: OpenContents, line: number): CachePrediction {
  const { paths } = contents;
  const named = paths.length === 0 ? {} : { paths, pathCount: paths.length };
  return { status: 'may rebuild', reason: whyOpen(contents), cause: { line, ...named } };
}

/** Another network, which the client may give to all RUN (`docker build --network`). */
export function explainNetwork(line: number): CachePrediction {
  return {
    status: 'may rebuild',
    reason: t('Only the client decides, by the network that it gives to every RUN.'),
    cause: { line, input: inputNames.network },
  };
}

/** The same as before, if the base image sets nothing: and nothing is known of it. */
export function explainBase(line: number): CachePrediction {
  return {
    status: 'may rebuild',
    reason: t('Only the base image decides, by the folder, user or shell that it sets, and it is not known.'),
    cause: { line },
  };
}

/** The builder had the result of a step and has it no longer. */
export function explainPruned(line: number): CachePrediction {
  return {
    status: 'rebuilds',
    reason: t('The builder no longer holds its result: it was pruned.'),
    cause: { line },
  };
}

/** The builder has the result of a step no longer, and does without it unless a step above that may run does run. */
export function explainPrunedBelow(line: number): CachePrediction {
  return {
    status: 'may rebuild',
    reason: t('Its result was pruned: it runs again only if line {0} does.', line),
    cause: { line },
  };
}

/** What the builder lists may be the result of this step or that of another one. */
export function explainMaybePruned(line: number): CachePrediction {
  return {
    status: 'may rebuild',
    reason: t(
      'Results were pruned, and those that the builder lists do not tell whether that of this step is among them.',
    ),
    cause: { line },
  };
}

/** A step reads what a step of another stage puts out, which runs again, or may. */
export function explainOutput(line: number): CachePrediction {
  return { status: 'may rebuild', reason: t("Runs again only if line {0}'s output differs.", line), cause: { line } };
}

/** A step runs because one below it in the image does. */
export function explainParent(line: number): CachePrediction {
  return { status: 'rebuilds', reason: t('Line {0} runs again.', line), cause: { line } };
}

interface Counterpart {
  readonly build: ComparedBuild;
  readonly recorded: RecordedStep;
}

/** The recorded steps of a stage, by name, or by place when it was renamed. */
function recordedStage(build: ComparedBuild, stage: BuildStage): readonly RecordedStep[] {
  const named = build.record.steps.filter((step) => step.stage === stageLabel(stage));
  if (named.length > 0) return named;
  const labels = [...new Set(build.record.steps.map((step) => step.stage))];
  const label = labels[stage.index];
  return build.record.steps.filter((step) => step.stage === label);
}

/** What stood in this place in a past build: the step after the last one that is still the same. */
function counterpartIn(build: ComparedBuild, stage: BuildStage, step: BuildStep): RecordedStep | undefined {
  const recorded = recordedStage(build, stage);
  const before = stage.steps
    .filter((candidate) => candidate.index < step.index && candidate.produces === 'layer')
    .at(-1);
  if (before === undefined) return recorded[0];
  const keys = build.keys.of(stage.index, before.index);
  const place = recorded.findIndex(
    (candidate) =>
      (candidate.key !== null && candidate.key === keys?.key) ||
      (candidate.openKey !== null && candidate.openKey === keys?.openKey),
  );
  return place < 0 ? undefined : recorded[place + 1];
}

/** The nearest: the same text if any build has it in this place, else the same kind of instruction. */
function nearest(builds: readonly ComparedBuild[], stage: BuildStage, step: BuildStep): Counterpart | undefined {
  const candidates = builds.flatMap((build): Counterpart[] => {
    const recorded = counterpartIn(build, stage, step);
    return recorded === undefined ? [] : [{ build, recorded }];
  });
  return (
    candidates.find(({ recorded }) => recorded.text === step.display) ??
    candidates.find(({ recorded }) => recorded.instruction === step.instruction.keyword)
  );
}

function differing(before: readonly KeyInput[], now: readonly KeyInput[]): readonly string[] {
  const old = new Map(before.map((entry) => [entry.name, entry.value]));
  const current = new Map(now.map((entry) => [entry.name, entry.value]));
  const names = [...new Set([...old.keys(), ...current.keys()])];
  return names.filter((name) => old.get(name) !== current.get(name));
}

function listed(names: readonly string[], count: number): string {
  const shown = names.slice(0, 2);
  const more = count - shown.length;
  if (more > 0) return t('{0} and {1} more', shown.join(', '), more);
  return shown.join(', ');
}

function explainInput(name: string): string {
  switch (name) {
    case inputNames.command:
      return t('The command is another one.');
    case inputNames.shell:
      return t('The shell set by SHELL is another one.');
    case inputNames.workdir:
      return t('The working directory is another one.');
    case inputNames.user:
      return t('The user is another one.');
    case inputNames.network:
      return t('The network or security mode is another one.');
    case inputNames.mounts:
      return t('The mounts are other ones.');
    case inputNames.platform:
      return t('The platform is another one.');
    case inputNames.sources:
      return t('The sources are other ones.');
    case inputNames.destination:
      return t('The destination is another one.');
    case inputNames.owner:
      return t('--chown is another one.');
    case inputNames.mode:
      return t('--chmod is another one.');
    case inputNames.flags:
      return t('The flags are other ones.');
    case inputNames.path:
      return t('The path is another one.');
    default:
      return t('{0} is another one.', name);
  }
}

/** Order in which differences are told: the text first, the surroundings after. */
function mostTelling(names: readonly string[]): string | undefined {
  return (
    names.find((name) => name === inputNames.command || name === inputNames.sources) ??
    names.find((name) => name.startsWith(variablePrefix)) ??
    names[0]
  );
}

/** The prediction of a step that runs again for a reason of its own. */
export function explain(builds: readonly ComparedBuild[], stage: BuildStage, step: BuildStep): CachePrediction {
  const line = stepLine(stage, step);
  const base = stage.base.kind === 'image' ? stage.base.reference : undefined;
  if (base !== undefined && builds.length > 0 && builds.every((build) => build.changedBases.has(base))) {
    const baseLine = stage.instruction.range.start.line + 1;
    return {
      status: 'rebuilds',
      reason: t('The base image {0} is another one now.', base),
      cause: { line: baseLine, input: base },
    };
  }
  const found = nearest(builds, stage, step);
  if (found === undefined) {
    return { status: 'rebuilds', reason: t('No recorded build has this instruction in this place.'), cause: { line } };
  }
  const changed = found.build.changedPaths(stage.index, step.index);
  const names = differing(found.recorded.inputs, builds[0]?.keys.of(stage.index, step.index)?.inputs() ?? []);
  const name = mostTelling(names);
  if (changed !== undefined && changed.count > 0 && (name === undefined || found.recorded.text === step.display)) {
    return {
      status: 'rebuilds',
      reason: t('{0} changed.', listed(changed.paths, changed.count)),
      cause: { line, paths: changed.paths, pathCount: changed.count },
    };
  }
  if (name === undefined) {
    const before = stage.steps.some((candidate) => candidate.index < step.index && candidate.produces === 'layer');
    return before || base === undefined
      ? { status: 'rebuilds', reason: t('What it reads is not as it was in a recorded build.'), cause: { line } }
      : { status: 'rebuilds', reason: t('No recorded build stands on {0}.', base), cause: { line, input: base } };
  }
  if (name.startsWith(variablePrefix)) {
    const variable = name.slice(variablePrefix.length);
    return { status: 'rebuilds', reason: t('{0} differs.', variable), cause: { line, input: variable } };
  }
  if (name === inputNames.variables) {
    return { status: 'rebuilds', reason: t('The variables stand in another order.'), cause: { line, input: name } };
  }
  return { status: 'rebuilds', reason: explainInput(name), cause: { line, input: name } };
}
