/**
 * Steps that have nothing to do with the source before it is copied.
 *
 *     COPY . .                                              RUN apt-get update && apt-get install -y curl
 *     RUN apt-get update && apt-get install -y curl   →     COPY . .
 *
 * Only commands that are known to do what their words say, and whose words name nothing that is copied (`blind-commands.ts`); only past
 * copies into folders in which projects lie, and past lines that leave both as they are.
 */
import { cleanPath } from '../build/paths';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { allCommands, isBlind, isDear, isProjectFolder } from './blind-commands';
import {
  type CopiedFiles,
  changesAccounts,
  copiedFiles,
  leavesWord,
  noFiles,
  pointsToCopied,
  speaksOf,
} from './copied-files';
import { type ContextCopy, contextCopy } from './copy-placement';
import { offered } from './effect';
import { isGenerated } from './generated-text';
import { stepsByLine } from './merge-effect';
import { isOwnedByName, linesOf, type MovableCopies, movableCopies } from './move-copies';
import { doesTheSame, moveEdits } from './move-text';
import { orderEffect } from './order-effect';
import { sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'rare-first';
/** Seconds from which a step of any kind is worth it. */
const dearSeconds = 1;

export const rareFirst: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  if (context.context.state !== 'ready' || isGenerated(context.dockerfile)) return { refactorings: [], refusals: [] };
  const { snapshot } = context.context;
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  const byLine = stepsByLine(context);
  const plans = texts.flatMap((text): readonly Plan[] => {
    const dear = (byLine.get(lineOf(text))?.duration ?? 0) >= dearSeconds || allCommands(text).some(isDear);
    if (!dear || !isBlind(text, noFiles)) return [];
    const movable = movableCopies(texts, text, snapshot, () => false);
    const copied = copiedFiles(movable.moved, snapshot);
    if (
      movable.moved.length === 0 ||
      !isBlind(text, copied) ||
      findsCopied(text, texts, movable.moved, copied) ||
      isToldOf(context, text, snapshot, copied)
    )
      return [];
    const edits = moveEdits(source, {
      moved: movable.moved.map(({ step }) => step.instruction),
      below: text.instruction,
    });
    return doesTheSame(context, text.stage, edits, 0) ? [{ text, movable, edits }] : [];
  });
  // What a later one takes along needs no offer of its own.
  const last = plans.filter(({ text }) => !plans.some(({ movable }) => movable.passed.includes(text)));
  return { refactorings: last.map((plan) => refactoringOf(context, plan)), refusals: [] };
}

interface Plan {
  readonly text: RunText;
  readonly movable: MovableCopies;
  readonly edits: Refactoring['edits'];
}

/** Something leads programs to what is copied, or it is copied over what they keep for a user. */
function findsCopied(
  text: RunText,
  texts: readonly RunText[],
  copies: readonly ContextCopy[],
  copied: CopiedFiles,
): boolean {
  const { step, stage } = text;
  const { state } = step;
  if (copied.folders.some((each) => /^\/home(?:\/[^/]+)?$/.test(each))) return true;
  if (pointsToCopied([...state.environment, ...state.buildArguments], cleanPath(state.workdir), copied)) return true;
  if (copies.some(isOwnedByName) && changesAccounts(allCommands(text))) return true;
  const above = texts.filter((each) => each.stage !== stage || each.step.index < step.index);
  if (above.some((each) => leavesWord(allCommands(each), copied))) return true;
  return stage.steps
    .slice(0, step.index)
    .some(
      ({ operation }) =>
        operation.kind === 'copy' &&
        operation.sources.some(
          (source) => source.kind === 'heredoc' && copied.folders.some((folder) => speaksOf(source.content, folder)),
        ),
    );
}

/** A file of settings that is copied elsewhere names a folder of the project, such as a list of package sources. */
function isToldOf(
  { readContextFile }: RefactorContext,
  { stage, step }: RunText,
  snapshot: ContextSnapshot,
  copied: CopiedFiles,
): boolean {
  return stage.steps.slice(0, step.index).some((each) =>
    contextCopy(each, snapshot)?.placements.some(({ source, target, directory }) => {
      if (directory || isProjectFolder(target)) return false;
      const text = readContextFile(source);
      return text !== undefined && copied.folders.some((folder) => speaksOf(text, folder));
    }),
  );
}

function refactoringOf(context: RefactorContext, { text, movable, edits }: Plan): Refactoring {
  const line = lineOf(text);
  const [first] = movable.moved;
  const otherwise = t(
    'Line {0} no longer runs again with every file that line {1} copies.',
    [...movable.passed, text].map(lineOf).join(', '),
    linesOf(movable.moved),
  );
  return offered(
    context,
    {
      id: `${id}:${line}`,
      title:
        movable.passed.length === 0
          ? t('Run this step before the source is copied')
          : t('Run these steps before the source is copied'),
      kind: 'refactor.rewrite',
      line: (first?.step.instruction ?? text.instruction).range.start.line + 1,
      endLine: text.instruction.range.end.line + 1,
      changesBehaviour: false,
      edits,
    },
    () => orderEffect(context, [...movable.passed, text], first?.step, [], otherwise),
  );
}
