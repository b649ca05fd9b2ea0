/**
 * Keep package lists and caches out of the layer that an install makes.
 *
 *     RUN apt-get update && \                    RUN apt-get update && \
 *         apt-get install -y curl           →        apt-get install -y curl && \
 *                                                    rm -rf /var/lib/apt/lists/*
 *
 * What a later layer deletes stays in the image, so it is deleted, or never kept, in the RUN that makes it. Only in stages that the image
 * is made of, and only where no later step works with what goes.
 */
import { imageStages } from '../build/image-stages';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import type { ShellWord } from '../shell/commands';
import { type CleanRule, cleanedFolders, cleanRules } from './clean-rules';
import { RunEdits } from './run-edits';
import { offeredForRuns, sentenceOnRebuilds } from './run-effect';
import { laterTexts } from './run-later';
import { type ManagerCall, managerCall, removalOf } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'clean-in-layer';

export const cleanInLayer: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  const image = imageStages(context.graph);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const text of texts) {
    if (!image.has(text.stage.index)) continue;
    const work = workOf(context, text, laterTexts(context, texts, text));
    if (work.kind === 'nothing') continue;
    const title = titleOf(work.managers);
    const { range } = text.instruction;
    if (work.kind === 'refused') {
      refusals.push({ rule: id, range, title, reason: t('Not cleaned up: {0}.', work.reason) });
      continue;
    }
    const edits = editsOf(source, text, work.tasks);
    const { caution } = work;
    refactorings.push(
      offeredForRuns(
        context,
        {
          id: `${id}:${lineOf(text)}`,
          title,
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: caution !== undefined,
          ...(caution === undefined ? {} : { caution }),
          edits,
        },
        sentenceOnRebuilds(context, text.stage, [text]),
        [text],
      ),
    );
  }
  return { refactorings, refusals };
}

function titleOf(managers: readonly string[]): string {
  return t('Keep package lists and caches of {0} out of the layer', managers.join(', '));
}

interface Task {
  readonly rule: CleanRule;
  /** Verbs that get the rule's option. */
  readonly verbs: readonly ShellWord[];
  /** Item behind which the rule's command is put. */
  readonly after?: number;
  /** Items that the option makes needless: `apk update`. */
  readonly needless: readonly number[];
}

type Work =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly managers: readonly string[]; readonly reason: string }
  | {
      readonly kind: 'tasks';
      readonly managers: readonly string[];
      readonly tasks: readonly Task[];
      readonly caution?: string;
    };

function workOf(context: RefactorContext, text: RunText, later: readonly RunText[]): Work {
  const tasks: Task[] = [];
  const refused: { manager: string; reason: string }[] = [];
  let caution: string | undefined;
  for (const rule of cleanRules) {
    const found = taskOf(context, rule, text, later);
    if (found === undefined) continue;
    if ('reason' in found) refused.push({ manager: rule.manager, reason: found.reason });
    else {
      tasks.push(found.task);
      caution ??= found.caution;
    }
  }
  if (tasks.length > 0) {
    return {
      kind: 'tasks',
      managers: tasks.map(({ rule }) => rule.manager),
      tasks,
      ...(caution === undefined ? {} : { caution }),
    };
  }
  const [first] = refused;
  if (first === undefined) return { kind: 'nothing' };
  return { kind: 'refused', managers: refused.map(({ manager }) => manager), reason: first.reason };
}

type Found = { readonly task: Task; readonly caution?: string } | { readonly reason: string } | undefined;

function taskOf(context: RefactorContext, rule: CleanRule, text: RunText, later: readonly RunText[]): Found {
  const targets = text.operation.mounts.map(({ target }) => target.replace(/\/$/, ''));
  if ((cleanedFolders[rule.manager] ?? []).some((folder) => targets.some((target) => folder.test(target))))
    return undefined;
  const line = lineOf(text);
  const part = { reason: t('the command in line {0} that leaves it is part of a longer one', line) };
  let verbs: (ShellWord | undefined)[] = [];
  let last = -1;
  let hidden = false;
  for (const [item, { command, commands }] of text.items.entries()) {
    for (const each of commands) {
      const call = managerCall(each);
      if (isCleaning(rule, each, call)) {
        if (rule.way.kind === 'option') return undefined;
        verbs = [];
      } else if (call?.manager === rule.manager) {
        const leaves = rule.leaves(call, text);
        if (leaves || rule.way.kind !== 'command' || !rule.way.afterInstall) last = item;
        if (!leaves) continue;
        if (command === undefined) hidden = true;
        else verbs.push(call.verbWord);
      }
    }
  }
  if (verbs.length === 0) return hidden ? part : undefined;
  if (rule.manager === 'yarn' && !isClassicYarn(context)) return undefined;
  if (text.place === undefined) return { reason: text.reason ?? t('line {0} is not understood', line) };
  if (text.shape.leaks.some(({ name }) => name === 'exit' || name === 'exec' || name === 'trap')) {
    return { reason: t('line {0} may end before its last command', line) };
  }
  if (rule.way.kind === 'option') {
    const known = verbs.filter((verb) => verb !== undefined);
    if (hidden || known.length < verbs.length) return part;
    return { task: { rule, verbs: known, needless: rule.manager === 'apk' ? needlessUpdates(text) : [] } };
  }
  // Behind a command in an alternative or a loop it would not stand for what the others leave.
  if (text.items[last]?.command === undefined) return part;
  const task = { rule, verbs: [], after: last, needless: [] };
  return rule.manager === 'apt' ? aptFound(task, later) : { task };
}

function isCleaning(rule: CleanRule, command: ManagerCall['command'], call: ManagerCall | undefined): boolean {
  if (call?.manager === rule.manager && rule.cleans(call)) return true;
  const paths = removalOf(command)?.paths ?? [];
  if (paths.some(({ text }) => rule.folders.some((folder) => folder.test(text)))) return true;
  // `find /var/lib/apt/lists -delete` and the like.
  return (
    command.name?.value === 'find' &&
    command.arguments.some(({ text }) => rule.folders.some((folder) => folder.test(text)))
  );
}

/** Yarn 2 and later may keep its cache in the project, which runs from it. */
function isClassicYarn({ readContextFile }: RefactorContext): boolean {
  const lock = readContextFile('yarn.lock');
  return lock !== undefined && lock !== 'pending' && lock.includes('# yarn lockfile v1');
}

/** `apk update` before `apk add --no-cache`, which reads the index anew. */
function needlessUpdates(text: RunText): readonly number[] {
  return text.items.flatMap(({ command }, index) => {
    const call = command && managerCall(command);
    return call?.manager === 'apk' && call.verb === 'update' ? [index] : [];
  });
}

const readsLists =
  /^(?:install|upgrade|dist-upgrade|full-upgrade|build-dep|source|download|satisfy|search|show|policy)$/;
const unknownPrograms = /^(?:\.{0,2}\/.*|(?:ba|da|z)?sh|make|bash)$/;

/** Later steps that install without `apt-get update` need the lists. */
function aptFound(task: Task, later: readonly RunText[]): Found {
  for (const text of later) {
    let updated = false;
    for (const command of text.items.flatMap(({ commands }) => commands)) {
      const call = managerCall(command);
      if (call?.manager === 'apt' || command.name?.value === 'apt-cache') {
        if (call?.verb === 'update') updated = true;
        else if (!updated && (call === undefined || readsLists.test(call.verb))) {
          return { reason: t('line {0} works with the package lists', lineOf(text)) };
        }
      }
    }
  }
  const doubtful = later.find(
    ({ script, items }) =>
      !/\bapt(?:-get)? update\b/.test(script) &&
      items.some(({ commands }) => commands.some(({ name }) => unknownPrograms.test(name?.value ?? '/'))),
  );
  if (doubtful === undefined) return { task };
  const caution = t(
    'Line {0} runs a program that may install packages and then needs the package lists.',
    lineOf(doubtful),
  );
  return { task, caution };
}

function editsOf(source: Source, text: RunText, tasks: readonly Task[]): Refactoring['edits'] {
  const edits = new RunEdits(source, text);
  const after = new Map<number, string[]>();
  for (const { rule, verbs, after: item, needless } of tasks) {
    const { text: words } = rule.way;
    if (item !== undefined) after.set(item, [...(after.get(item) ?? []), words]);
    for (const verb of verbs) edits.insertAfterWord(verb, words);
    for (const index of needless) edits.removeItem(index);
  }
  for (const [item, commands] of after) for (const command of commands) edits.insertAfterItem(item, command);
  return edits.edits();
}
