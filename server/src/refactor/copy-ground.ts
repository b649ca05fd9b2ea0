/** What lies where a COPY writes, before it does: files of earlier steps and of the base image, and the folders above. */
import { cleanPath } from '../build/paths';
import type { BuildStage, BuildStep, CopyOperation } from '../build/types';
import { readCommands } from '../shell/commands';
import { baseHolds, isBaseFolder } from '../size/base-folders';
import { isWithin } from '../size/part';
import { mayTouch } from './run-mentions';
import { sourceOf } from './run-part';
import { runTexts } from './run-text';
import type { RefactorContext } from './types';

/** Folders that a Debian, Ubuntu, Alpine or Fedora image has beside those at its root (Filesystem Hierarchy Standard 3.0, 4 and 5). */
const usualFolders =
  /^\/(?:usr\/(?:bin|sbin|lib|share|local(?:\/(?:bin|lib|sbin|share))?)|var\/(?:cache|lib|log|opt|spool|tmp))$/;
/** The images that have next to none of these. */
const bareImages = /(?:^|\/)(?:busybox|distroless|static|hello-world)\b/;

/** Where packages put things although the folder is not the system's. */
export const foldersOfPackages =
  /^\/(?:srv\/(?:ftp|tftp|www|http)|opt\/(?:amazon|cni|containerd|google|intel|microsoft|mssql-tools\d*|nvidia|puppetlabs|rocm\S*))(?:\/|$)/;

/** True when something may lie below the path before the step runs. */
export function mayHoldFiles(context: RefactorContext, stage: BuildStage, step: BuildStep, path: string): boolean {
  const before = stepsBefore(context, stage, step);
  if (before.some((each) => mayWrite(context, each, path))) return true;
  const base = lowest(context, stage);
  switch (base.kind) {
    case 'image':
      // A home has files that its user's shell reads.
      return baseHolds(path) !== 'empty' || /^\/home\/[^/]+$/.test(path);
    case 'scratch':
      return false;
    case 'stage':
    case 'unresolved':
      return true;
  }
}

/** True when the folder is certainly there before the step runs, so that COPY does not make it. */
export function isThere(context: RefactorContext, stage: BuildStage, step: BuildStep, folder: string): boolean {
  if (folder === '/' || stepsBefore(context, stage, step).some((each) => makes(each, folder))) return true;
  const base = lowest(context, stage);
  return (
    base.kind === 'image' && !bareImages.test(base.reference) && (isBaseFolder(folder) || usualFolders.test(folder))
  );
}

function lowest(context: RefactorContext, stage: BuildStage): BuildStage['base'] {
  return stagesBelow(context, stage).at(-1)?.base ?? stage.base;
}

/** The stage and those that it stands on, the lowest one last. */
export function stagesBelow({ graph }: RefactorContext, stage: BuildStage): readonly BuildStage[] {
  const chain = [stage];
  for (let each = stage; each.base.kind === 'stage' && chain.length <= graph.stages.length; ) {
    const next = graph.stages[each.base.stage];
    if (next === undefined) break;
    chain.push(next);
    each = next;
  }
  return chain;
}

/** The steps that the stage runs before this one, those of the stages below it among them. */
export function stepsBefore(context: RefactorContext, stage: BuildStage, step: BuildStep): readonly BuildStep[] {
  const [own, ...below] = stagesBelow(context, stage);
  return [...below.flatMap(({ steps }) => steps), ...(own?.steps.slice(0, step.index) ?? [])];
}

function mayWrite(context: RefactorContext, step: BuildStep, path: string): boolean {
  const { operation } = step;
  switch (operation.kind) {
    case 'copy':
      return copiesInto(context, operation, path);
    case 'make-directory':
      // The folder itself holds nothing yet.
      return cleanPath(operation.path) !== path && isWithin(cleanPath(operation.path), path);
    case 'execute': {
      const text = runTexts(context, sourceOf(context.dockerfile)).find(({ step: each }) => each === step);
      if (text === undefined) return true;
      const commands = readCommands(text.script).commands.filter(({ name }) => name?.value !== 'mkdir');
      return mayTouch(text, commands, path) || (commands.length > 0 && isWithin(cleanPath(step.state.workdir), path));
    }
    case 'metadata':
    case 'nothing':
      return false;
    case 'unknown':
      return true;
    default:
      return operation satisfies never;
  }
}

/** True when a COPY may put something at or below the path. */
export function copiesInto(
  { context }: RefactorContext,
  { sources, origin, destination }: CopyOperation,
  path: string,
): boolean {
  const target = cleanPath(destination);
  if (isWithin(target, path)) return true;
  if (!isWithin(path, target)) return false;
  // Into a folder above: a file comes to lie beside the path, a folder may have the path in it.
  return !sources.every(
    (source) =>
      source.kind === 'heredoc' ||
      (source.kind === 'path' &&
        !source.wildcard &&
        origin.kind === 'context' &&
        context.state === 'ready' &&
        context.snapshot.entry(source.path)?.type === 'file' &&
        !isWithin(path, cleanPath(`${target}/${source.path.split('/').at(-1) ?? ''}`))),
  );
}

/** The step leaves the folder behind, whatever else it does. */
function makes({ operation }: BuildStep, folder: string): boolean {
  switch (operation.kind) {
    case 'copy':
      return operation.destination.endsWith('/')
        ? isWithin(cleanPath(operation.destination), folder)
        : cleanPath(operation.destination) !== folder && isWithin(cleanPath(operation.destination), folder);
    case 'make-directory':
      return isWithin(cleanPath(operation.path), folder);
    case 'execute': {
      if (operation.command.form !== 'shell') return false;
      return readCommands(operation.command.script).commands.some(
        ({ name, conditional, isolated, arguments: words }) =>
          name?.value === 'mkdir' &&
          !conditional &&
          !isolated &&
          words.some(({ value }) => value?.startsWith('/') === true && isWithin(cleanPath(value), folder)),
      );
    }
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return false;
    default:
      return operation satisfies never;
  }
}
