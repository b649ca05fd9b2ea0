/**
 * Move the `rm` of a later RUN into the layer that made the files.
 *
 *     RUN curl -o /tmp/a.tgz https://…/a.tgz && \        RUN curl -o /tmp/a.tgz https://…/a.tgz && \
 *         tar -xzf /tmp/a.tgz -C /opt                        tar -xzf /tmp/a.tgz -C /opt && \
 *     RUN make -C /opt/a                             →        rm /tmp/a.tgz
 *     RUN rm /tmp/a.tgz                                   RUN make -C /opt/a
 *
 * Only where nothing between looks at the files, and one RUN alone made them.
 */
import { cleanPath } from '../build/paths';
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import type { Edit, Refactoring } from '../report/types';
import type { ShellWord } from '../shell/commands';
import type { HiddenPart } from '../size/stage-files';
import { offered } from './effect';
import { saves } from './fix-all';
import { RunEdits } from './run-edits';
import { sentenceOnRebuilds } from './run-effect';
import { removalOf } from './run-managers';
import { mayTouch } from './run-mentions';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'move-rm';

export const cleanMoved: RefactoringRule = { id, offer, inFixAll: saves };

function offer(context: RefactorContext): Offers {
  // Most files have no such command, and what is hidden need not be asked then.
  if (!/\brm\b/.test(context.dockerfile.text)) return { refactorings: [], refusals: [] };
  const hidden = context.outlook(context.dockerfile.text).files?.hidden ?? [];
  const deleted = hidden.filter(({ how, size }) => how !== 'replaced' && size.high !== 0);
  if (deleted.length === 0) return { refactorings: [], refusals: [] };
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const later of texts) {
    const removals = removalsOf(later, deleted, texts);
    if (removals.length === 0) continue;
    const makers = [...new Set(removals.map(({ maker }) => maker))].sort((a, b) => a.step.index - b.step.index);
    const paths = removals.flatMap(({ words }) => words.map(({ path }) => path));
    const title = t('Delete {0} in the layer that makes it', paths.join(', '));
    const obstacle = removals.map((removal) => obstacleTo(removal, later, texts)).find((each) => each !== undefined);
    const range = { start: (makers[0] ?? later).instruction.range.start, end: later.instruction.range.end };
    if (obstacle !== undefined) {
      refusals.push({ rule: id, range, title, reason: t('Not moved: {0}.', obstacle) });
      continue;
    }
    refactorings.push(
      offered(
        context,
        {
          id: `${id}:${lineOf(later)}`,
          title,
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: false,
          edits: editsOf(source, makers, later, removals),
        },
        sentenceOnRebuilds(context, later.stage, makers),
      ),
    );
  }
  return { refactorings, refusals };
}

interface Removal {
  /** Index of the `rm` in the later RUN. */
  readonly item: number;
  readonly maker: RunText;
  readonly words: readonly { readonly word: ShellWord; readonly path: string }[];
  /** `rm` with its options. */
  readonly program: string;
  /** All that the command deletes is moved. */
  readonly whole: boolean;
}

/** The `rm` commands of a RUN whose paths one earlier RUN of its stage made. */
function removalsOf(later: RunText, deleted: readonly HiddenPart[], texts: readonly RunText[]): readonly Removal[] {
  const { stage, step } = later;
  const here = deleted.filter(({ hiddenBy }) => hiddenBy.stage === stage.index && hiddenBy.step === step.index);
  if (here.length === 0) return [];
  return later.items.flatMap(({ command }, item): Removal[] => {
    const removal = command && removalOf(command);
    if (command === undefined || removal === undefined) return [];
    const known = removal.paths.flatMap((word) => {
      const path = pathOf(word, later);
      if (path === undefined) return [];
      const folder = path.replace(/\/\*$/, '');
      const parts = here.filter((part) => part.path === folder || part.path.startsWith(`${folder}/`));
      const owners = new Set(parts.map(({ owner }) => `${owner.stage}:${owner.step}`));
      const maker = texts.find((text) => owners.has(`${text.stage.index}:${text.step.index}`));
      return owners.size === 1 && maker?.stage.index === stage.index ? [{ word, path, maker }] : [];
    });
    const options = command.arguments.filter(({ text }) => text.startsWith('-')).map(({ text }) => text);
    const program = ['rm', ...options].join(' ');
    const whole = known.length === removal.paths.length;
    return [...new Set(known.map(({ maker }) => maker))].map((maker) => ({
      item,
      maker,
      words: known.filter((each) => each.maker === maker),
      program,
      whole,
    }));
  });
}

/** The path that a word of `rm` names, absolute; undefined when the shell decides it. Only package lists may be a pattern. */
function pathOf({ value, text }: ShellWord, later: RunText): string | undefined {
  const path = value ?? text;
  if (value === undefined || /[*?[]/.test(path)) return /^\/var\/lib\/apt\/lists\/\*$/.test(path) ? path : undefined;
  if (path.startsWith('/')) return cleanPath(path);
  const moves = later.shape.leaks.some(({ name }) => name === 'cd' || name === 'pushd');
  return moves || path.startsWith('~') ? undefined : cleanPath(`${later.step.state.workdir}/${path}`);
}

function obstacleTo({ maker, words, item }: Removal, later: RunText, texts: readonly RunText[]): string | undefined {
  const line = lineOf(maker);
  if (maker.place === undefined) return maker.reason ?? t('line {0} is not understood', line);
  if (later.place === undefined) return later.reason ?? t('line {0} is not understood', lineOf(later));
  if (maker.step.state.user !== later.step.state.user)
    return t('lines {0} and {1} run as different users', line, lineOf(later));
  if (maker.shape.background) return t('line {0} leaves something running in the background', line);
  if (maker.shape.leaks.some(({ name }) => name === 'exit' || name === 'exec' || name === 'trap')) {
    return t('line {0} may end before its last command', line);
  }
  for (const { path } of words) {
    const place = path.replace(/\/\*$/, '');
    for (const step of stepsBetween(maker, later)) {
      const text = texts.find((each) => each.step === step);
      const touches =
        text === undefined
          ? stepTouches(step, place)
          : mayTouch(
              text,
              text.items.flatMap(({ commands }) => commands),
              place,
            );
      if (touches) return t('line {0} may work with {1}', step.instruction.range.start.line + 1, path);
    }
    const before = later.items.slice(0, item).flatMap(({ commands }) => commands);
    if (mayTouch(later, before, place)) return t('line {0} may work with {1}', lineOf(later), path);
  }
  return undefined;
}

function stepsBetween(maker: RunText, later: RunText): readonly BuildStep[] {
  return later.stage.steps.slice(maker.step.index + 1, later.step.index);
}

/** Steps other than a RUN that was read: what copies to the path, or what is not known. */
function stepTouches({ operation }: BuildStep, path: string): boolean {
  switch (operation.kind) {
    case 'copy': {
      const destination = cleanPath(operation.destination);
      return path === destination || path.startsWith(`${destination}/`) || destination.startsWith(`${path}/`);
    }
    case 'make-directory':
      return operation.path === path || operation.path.startsWith(`${path}/`);
    case 'metadata':
    case 'nothing':
      return false;
    case 'execute':
    case 'unknown':
      return true;
  }
}

function editsOf(
  source: Source,
  makers: readonly RunText[],
  later: RunText,
  removals: readonly Removal[],
): readonly Edit[] {
  const rest = new RunEdits(source, later);
  for (const { item, words, whole } of removals) {
    if (whole) rest.removeItem(item);
    else {
      const { command } = later.items[item] ?? {};
      for (const { word } of words) {
        const before = command?.arguments[command.arguments.indexOf(word) - 1] ?? command?.name;
        if (before !== undefined) rest.removeWord(word, before);
      }
    }
  }
  const gone = rest.leavesSomething ? undefined : removedInstruction(source, later);
  let comments = gone?.comments ?? [];
  const made = makers.flatMap((maker) => {
    const edits = new RunEdits(source, maker);
    for (const { program, words } of removals.filter((removal) => removal.maker === maker)) {
      edits.insertAfterItem(maker.items.length - 1, `${program} ${words.map(({ path }) => path).join(' ')}`, comments);
      comments = [];
    }
    return edits.edits();
  });
  return [...made, ...(gone === undefined ? rest.edits() : [gone.edit])];
}

/** The whole instruction goes, with the comments that stand directly above it and those in it. */
function removedInstruction(
  source: Source,
  { instruction }: RunText,
): { readonly edit: Edit; readonly comments: readonly string[] } {
  const { document, dockerfile } = source;
  const above: string[] = [];
  let { line } = instruction.range.start;
  for (;;) {
    const comment = dockerfile.comments.find(({ start }) => start.line === line - 1);
    if (comment === undefined) break;
    above.unshift(document.slice(comment).trim());
    line -= 1;
  }
  const inside = instruction.comments.map((range) => document.slice(range).trim());
  const end = document.offset({ line: instruction.range.end.line + 1, character: 0 });
  let start = document.offset({ line, character: 0 });
  const isLast = !/\n$/.test(document.text.slice(0, end));
  if (isLast) start = document.text.slice(0, start).replace(/\r?\n$/, '').length;
  return { edit: { range: document.range(start, end), newText: '' }, comments: [...above, ...inside] };
}
