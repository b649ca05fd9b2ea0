/**
 * Copies of the build context that can stand below a RUN instead of above it: which ones, what stands between, and whether everything
 * between does the same without them.
 */
import { cleanPath } from '../build/paths';
import type { BuildStep } from '../build/types';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import { allCommands, isBlind, meets } from './blind-commands';
import { changesAccounts, copiedFiles, noFiles } from './copied-files';
import { type ContextCopy, contextCopy, sourceAt } from './copy-placement';
import { lineOf, type RunText } from './run-text';
import { within } from './split-types';

export interface MovableCopies {
  /** In the order of the file; all of them can stand below the RUN. */
  readonly moved: readonly ContextCopy[];
  /** Copies of the build context above the RUN that stay where they are. */
  readonly staying: readonly ContextCopy[];
  /** RUN instructions between the first of the moved and the RUN itself: they no longer wait for the copies either. */
  readonly passed: readonly RunText[];
  /** Why copies above could not be taken along, localised; absent when nothing is left above. */
  readonly blocked?: string;
}

/**
 * From the RUN upwards until something stands in the way.
 * @param stays for a copy that the RUN works with and that brings nothing else
 */
export function movableCopies(
  texts: readonly RunText[],
  text: RunText,
  snapshot: ContextSnapshot,
  stays: (copy: ContextCopy) => boolean,
): MovableCopies {
  const moved: ContextCopy[] = [];
  const staying: ContextCopy[] = [];
  const between: BuildStep[] = [];
  let blocked: string | undefined;
  const above = text.stage.steps.slice(0, text.step.index).reverse();
  for (const [index, step] of above.entries()) {
    const copy = contextCopy(step, snapshot);
    if (copy !== undefined && stays(copy)) {
      staying.unshift(copy);
      continue;
    }
    const obstacle =
      copy === undefined
        ? obstacleOf(texts, step)
        : (obstacleBetween(texts, copy, between, snapshot) ?? obstacleToMove(copy));
    if (obstacle !== undefined) {
      const more = above
        .slice(index)
        .some(({ operation }) => operation.kind === 'copy' && operation.origin.kind === 'context');
      if (more) blocked = obstacle;
      break;
    }
    if (copy === undefined) between.unshift(step);
    else moved.unshift(copy);
  }
  const first = moved[0]?.step.index ?? text.step.index;
  const passed = texts.filter(
    ({ stage, step }) => stage.index === text.stage.index && step.index > first && step.index < text.step.index,
  );
  return { moved, staying, passed, ...(blocked === undefined ? {} : { blocked }) };
}

/** Why nothing above this step can pass it, whatever it copies. */
function obstacleOf(texts: readonly RunText[], step: BuildStep): string | undefined {
  const line = step.instruction.range.start.line + 1;
  if (step.origin.kind === 'onbuild') return t('the base image adds steps of its own (ONBUILD)');
  switch (step.operation.kind) {
    case 'metadata':
    case 'nothing':
    case 'make-directory':
      return step.instruction.keyword === 'INVALID' ? t('line {0} is not understood', line) : undefined;
    case 'execute': {
      const run = texts.find((each) => each.step === step);
      return run !== undefined && isBlind(run, noFiles)
        ? undefined
        : t('line {0} may work with the copied files', line);
    }
    case 'copy':
      return step.operation.origin.kind === 'context' ? t('what line {0} copies is not known', line) : undefined;
    case 'unknown':
      return t('line {0} is not understood', line);
  }
}

/** Why the copy can't come after what stands between it and the RUN. */
function obstacleBetween(
  texts: readonly RunText[],
  copy: ContextCopy,
  between: readonly BuildStep[],
  snapshot: ContextSnapshot,
): string | undefined {
  const copied = copiedFiles([copy], snapshot);
  const targets = copied.folders;
  for (const { operation, instruction, state } of between) {
    const line = instruction.range.start.line + 1;
    if (operation.kind === 'execute') {
      const run = texts.find(({ step }) => step.instruction === instruction);
      if (run === undefined || !isBlind(run, copied)) return t('line {0} may work with the copied files', line);
      if (isOwnedByName(copy) && changesAccounts(allCommands(run))) return t('line {0} may change accounts', line);
    } else if (operation.kind === 'copy') {
      const destination = cleanPath(operation.destination);
      if (isOwnedByName(copy) && meets(destination, '/etc')) return t('line {0} may change accounts', line);
      if (targets.some((target) => meets(target, destination))) return t('line {0} copies to the same place', line);
    } else if (operation.kind === 'make-directory') {
      // Whoever comes first makes the folder, with owner and mode of his own.
      const path = cleanPath(operation.path);
      if (!targets.some((target) => meets(target, path))) continue;
      const source = sourceAt(copy, path);
      const entry = source === undefined || source === '' ? undefined : snapshot.entry(source);
      const asUsual = entry === undefined || (entry.type === 'directory' && entry.mode === 0o755);
      const { owner, mode } = copy.operation;
      if (owner !== undefined || mode !== undefined || !isRoot(state.user) || !asUsual)
        return t('line {0} makes a folder that the copy makes now', line);
    }
  }
  return undefined;
}

/** The name of an owner is looked up in the image when the step runs. */
export function isOwnedByName({ operation: { owner } }: ContextCopy): boolean {
  return owner !== undefined && !/^\d+(?::\d+)?$/.test(owner);
}

/** A COPY that reads what it copies to depends on more than its files. */
function obstacleToMove({ step, placements }: ContextCopy): string | undefined {
  const line = step.instruction.range.start.line + 1;
  if (step.instruction.keyword !== 'COPY' && step.instruction.keyword !== 'ADD')
    return t('line {0} is not understood', line);
  return placements.some(({ target }) => target === '/')
    ? t('line {0} copies to the root of the image', line)
    : undefined;
}

/** True for root, by name or number, and where no user is set. */
export function isRoot(user: string): boolean {
  return /^(?:|root|0)(?::(?:root|0)?)?$/.test(user);
}

/** Names of the lines of copies, for sentences. */
export function linesOf(copies: readonly ContextCopy[]): string {
  return copies.map(({ step }) => step.instruction.range.start.line + 1).join(', ');
}

/** Of the RUNs, the lines. */
export function runLines(texts: readonly RunText[]): string {
  return texts.map(lineOf).join(', ');
}

/** True when a path of the image lies where one of the copies puts something. */
export function isCopiedTo(copies: readonly ContextCopy[], path: string): boolean {
  return copies.some(({ placements }) =>
    placements.some(({ target, directory }) => (directory ? within(path, target) : path === target)),
  );
}
