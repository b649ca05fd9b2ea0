/**
 * Install dependencies before the source is copied, from the manifests alone.
 *
 *     COPY . .              COPY package.json package-lock.json ./
 *     RUN npm ci      →     RUN npm ci
 *                           COPY . .
 *
 * What an installation reads is told by its manager's own rules (`install-needs.ts`). Where something of the project runs at installation,
 * where the source would be copied over what is installed, or where a line between works with the source, nothing is offered and the reason
 * is told. What only could differ has to be confirmed.
 */
import { cleanPath } from '../build/paths';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { isBlind } from './blind-commands';
import { copiedFiles } from './copied-files';
import { type ContextCopy, contextCopy, providedAt, sourceAt } from './copy-placement';
import { offered } from './effect';
import { isGenerated } from './generated-text';
import { cutBehind } from './install-cut';
import { isHousekeeping, needsOf } from './install-needs';
import { isLedElsewhere } from './install-pointers';
import type { InstallNeeds, ProjectView } from './install-view';
import { manifestLines } from './manifest-copy';
import { isCopiedTo, linesOf, type MovableCopies, movableCopies } from './move-copies';
import { doesTheSame, type Move, moveEdits } from './move-text';
import { orderEffect } from './order-effect';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import { within } from './split-types';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'manifests-first';

export const manifestsFirst: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  if (context.context.state !== 'ready' || isGenerated(context.dockerfile)) return { refactorings, refusals };
  const { snapshot } = context.context;
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  for (const text of texts) {
    const plan = planOf(context, source, texts, text, snapshot);
    if (plan.kind === 'none') continue;
    const title = t('Install dependencies before the source is copied');
    if (plan.kind === 'refused') {
      const range = { start: plan.from.step.instruction.range.start, end: text.instruction.range.end };
      refusals.push({ rule: id, range, title, reason: t('Not reordered: {0}.', plan.reason) });
    } else refactorings.push(refactoringOf(context, text, plan, title));
  }
  return { refactorings, refusals };
}

type Plan =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string; readonly from: ContextCopy }
  | {
      readonly kind: 'plan';
      readonly movable: MovableCopies;
      readonly paths: readonly string[];
      readonly cautions: readonly string[];
      readonly edits: Refactoring['edits'];
    };

const none: Plan = { kind: 'none' };

function planOf(
  context: RefactorContext,
  source: Source,
  texts: readonly RunText[],
  text: RunText,
  snapshot: ContextSnapshot,
): Plan {
  const copies = text.stage.steps.slice(0, text.step.index).flatMap((step) => contextCopy(step, snapshot) ?? []);
  if (copies.length === 0 || text.operation.mounts.some(({ type }) => type === 'bind' || type === 'tmpfs')) return none;
  const folder = cleanPath(text.step.state.workdir);
  const view = viewOf(context, copies, snapshot, folder);
  const found = text.items.map(({ command }) => command && needsOf(command, view));
  const last = found.findLastIndex((each) => each !== undefined);
  if (last < 0) return none;
  const all = merged(found);
  if (all.kind === 'pending') return none;
  const needed = all.kind === 'needs' ? all.reads : [];
  const bringsOnlyNeeded = (copy: ContextCopy): boolean =>
    copy.placements.every(({ target }) => needed.some((path) => within(target, path)));
  const movable = movableCopies(texts, text, snapshot, bringsOnlyNeeded);
  const left = copies.filter(
    (copy) =>
      !movable.moved.some(({ step }) => step === copy.step) && !bringsOnlyNeeded(copy) && concerns(copy, folder),
  );
  const [first] = left.length > 0 ? left : movable.moved;
  if (first === undefined) return none;
  const refuse = (reason: string): Plan => ({ kind: 'refused', reason, from: first });
  if (all.kind === 'refused') return refuse(all.reason);
  if (left.length > 0) return refuse(movable.blocked ?? t('what line {0} copies is not known', linesOf(left)));
  if (all.reads.length === 0) return refuse(t('no manifest is among what line {0} copies', linesOf([first])));
  const copied = copiedFiles(movable.moved, snapshot);
  for (const { command, commands } of text.items.slice(0, last + 1)) {
    if (command !== undefined && isLedElsewhere(command, text.step.state, view, copied, all.reads))
      return refuse(t('line {0} may work with the copied files', lineOf(text)));
    if (command !== undefined && (needsOf(command, view) !== undefined || isHousekeeping(command))) continue;
    if (!isBlind(text, copied, commands)) return refuse(t('line {0} may work with the copied files', lineOf(text)));
  }
  const overwritten = all.writes.find((path) => isCopiedTo(movable.moved, path) && view.has(path));
  if (overwritten !== undefined) {
    const path = providedAt(copies, snapshot, overwritten)?.source ?? overwritten;
    return refuse(
      t('{0} of the build context would be copied over what is installed; list it in .dockerignore first', path),
    );
  }
  const lines = manifestLines(source, snapshot, { all: copies, ...movable }, all.reads, folder);
  if (lines.kind === 'refused') return refuse(lines.reason);
  const cut = cutBehind(source, text, last);
  if (cut?.kind === 'refused') return refuse(cut.reason);
  const move: Move = {
    moved: movable.moved.map(({ step }) => step.instruction),
    below: text.instruction,
    ...(lines.lines.length > 0 && { inserted: lines.lines.join(source.document.lineEnd) }),
    ...(cut && { cut: cut.cut }),
  };
  const edits = moveEdits(source, move);
  if (!doesTheSame(context, text.stage, edits, lines.lines.length, { cut: cut && text.step }))
    return refuse(t('variables, folder or user of line {0} are others further down', linesOf(movable.moved)));
  const cautions = [...all.cautions, ...lines.cautions];
  return { kind: 'plan', movable, paths: lines.paths, cautions, edits };
}

/** A copy that brings something to where the installation runs. */
function concerns({ placements }: ContextCopy, folder: string): boolean {
  return placements.some(({ target }) => within(target, folder) || within(folder, target));
}

/** All that the commands of a RUN need; the first that is refused or waited for decides. */
function merged(found: readonly (InstallNeeds | undefined)[]): InstallNeeds {
  const known = found.filter((each) => each !== undefined);
  const open = known.find(({ kind }) => kind === 'pending') ?? known.find(({ kind }) => kind === 'refused');
  if (open !== undefined) return open;
  const all = known.flatMap((each) => (each.kind === 'needs' ? [each] : []));
  return {
    kind: 'needs',
    reads: [...new Set(all.flatMap(({ reads }) => reads))],
    writes: [...new Set(all.flatMap(({ writes }) => writes))],
    cautions: [...new Set(all.flatMap(({ cautions }) => cautions))],
  };
}

function viewOf(
  { readContextFile }: RefactorContext,
  copies: readonly ContextCopy[],
  snapshot: ContextSnapshot,
  folder: string,
): ProjectView {
  const sourceOfPath = (path: string): string | undefined => providedAt(copies, snapshot, path)?.source;
  const below = (path: string): readonly string[] =>
    copies.flatMap(({ placements }) =>
      placements.flatMap(({ target, directory }) => {
        if (target === path || !within(target, path)) return [];
        const [name = '', ...rest] = target.slice(path.length + 1).split('/');
        return directory || rest.length > 0 ? [`${name}/`] : [name];
      }),
    );
  return {
    folder,
    has: (path) => sourceOfPath(path) !== undefined || below(path).length > 0,
    text: (path) => {
      const found = sourceOfPath(path);
      return found === undefined ? undefined : readContextFile(found);
    },
    names: (path) => {
      const inside = copies.flatMap((copy) => {
        const source = sourceAt(copy, path);
        return source === undefined
          ? []
          : snapshot.children(source).map(({ name, type }) => (type === 'directory' ? `${name}/` : name));
      });
      return [...new Set([...inside, ...below(path)])].sort();
    },
  };
}

function refactoringOf(
  context: RefactorContext,
  text: RunText,
  { movable, paths, cautions, edits }: Extract<Plan, { kind: 'plan' }>,
  title: string,
): Refactoring {
  const line = lineOf(text);
  const [first] = movable.moved;
  const names = paths.length > 4 ? [...paths.slice(0, 3), '…'] : paths;
  const otherwise = t(
    'Line {0} runs again only with a change of {1}, no longer with every other file that line {2} copies.',
    line,
    names.join(', '),
    linesOf(movable.moved),
  );
  const effect = (): ReturnType<typeof orderEffect> =>
    orderEffect(context, [...movable.passed, text], first?.step, paths, otherwise);
  return offered(
    context,
    {
      id: `${id}:${line}`,
      title,
      kind: 'refactor.rewrite',
      line: (first?.step.instruction ?? text.instruction).range.start.line + 1,
      endLine: text.instruction.range.end.line + 1,
      changesBehaviour: cautions.length > 0,
      ...(cautions.length > 0 && { caution: cautions.join(' ') }),
      edits,
    },
    effect,
  );
}
