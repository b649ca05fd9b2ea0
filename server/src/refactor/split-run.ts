/**
 * Split a RUN where it helps caching: the installation of system packages from the commands that follow it.
 *
 *     COPY . .                                         RUN apt-get update && \
 *     RUN apt-get update && \                              apt-get install -y gcc && \
 *         apt-get install -y gcc && \          →           rm -rf /var/lib/apt/lists/*
 *         make && \                                    COPY . .
 *         rm -rf /var/lib/apt/lists/*                  RUN make
 *
 * The installation goes above copies of the build context that stand directly before, unless it names what they bring. What cleans up
 * behind it goes along. Nothing is offered where the parts share more than files.
 */
import { cleanPath } from '../build/paths';
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import type { Edit, Refactoring } from '../report/types';
import { readShape } from '../shell/shape';
import { applyEdits } from './apply';
import { cleanRules } from './clean-rules';
import { RunEdits } from './run-edits';
import { offeredForRuns } from './run-effect';
import { managerCall, removalOf } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'split-run';

export const splitRun: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const text of runTexts(context, source)) {
    const last = lastOfInstallation(text);
    if (last === undefined) continue;
    const title = t('Split off the installation of packages');
    const { range } = text.instruction;
    const cleaners = cleanersAfter(text, last);
    const obstacle = obstacleTo(text, last, cleaners);
    if (obstacle !== undefined) {
      refusals.push({ rule: id, range, title, reason: t('Not split: {0}.', obstacle) });
      continue;
    }
    const copies = copiesAbove(text, last);
    const edits = editsOf(source, text, last, cleaners, copies[0]);
    refactorings.push(
      offeredForRuns(
        context,
        {
          id: `${id}:${lineOf(text)}`,
          title,
          kind: 'refactor.extract',
          line: (copies[0]?.instruction.range ?? range).start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: false,
          edits,
        },
        sentenceOf(copies),
        [text],
      ),
    );
  }
  return { refactorings, refusals };
}

function sentenceOf(copies: readonly BuildStep[]): string {
  return copies.length > 0
    ? t(
        'A change of what line {0} copies, or of the later commands, no longer installs the packages again.',
        copies.map(({ instruction }) => instruction.range.start.line + 1).join(', '),
      )
    : t('A change of the later commands no longer installs the packages again.');
}

const systemManagers = /^(?:apt|apk|dnf|yum|microdnf|zypper)$/;
const installs = /^(?:install|add|upgrade|dist-upgrade|full-upgrade|groupinstall|build-dep)$/;
const prepares =
  /^(?:update|makecache|refresh|install|add|upgrade|dist-upgrade|full-upgrade|groupinstall|build-dep|clean|autoclean|config-manager)$/;
/** What would be done again in no time: not worth a layer. */
const trivial =
  /^(?:|rm|rmdir|mkdir|useradd|adduser|usermod|groupadd|addgroup|ln|chmod|chown|ldconfig|echo|printf|update-ca-certificates|locale-gen|sed|cp|mv|true|:|test|\[|set|touch|cat|ls|update-alternatives)$/;

/** Index of the last command that belongs to an installation at the beginning; undefined when there is nothing to split. */
function lastOfInstallation(text: RunText): number | undefined {
  let last = -1;
  let installed = false;
  for (const [index, { command }] of text.items.entries()) {
    if (command === undefined) break;
    const call = managerCall(command);
    const isPackages = call !== undefined && systemManagers.test(call.manager) && prepares.test(call.verb);
    const isPrefix = index === last + 1 && !installed && command.name?.value === 'set';
    if (!isPackages && !isPrefix && !(installed && isCleaner(text, index))) break;
    if (isPackages && installs.test(call.verb)) installed = true;
    last = index;
  }
  if (!installed) return undefined;
  const rest = text.items.slice(last + 1).flatMap(({ commands }) => commands);
  return rest.some(({ name }) => name === undefined || !trivial.test(name.value ?? '?')) && rest.length > 0
    ? last
    : undefined;
}

/** A command that only deletes lists and caches of a system's package manager. */
function isCleaner(text: RunText, index: number): boolean {
  const { command } = text.items[index] ?? {};
  if (command === undefined) return false;
  const call = managerCall(command);
  if (call !== undefined && systemManagers.test(call.manager)) return /^(?:clean|autoclean|cache)$/.test(call.verb);
  const paths = removalOf(command)?.paths ?? [];
  const folders = cleanRules.filter(({ manager }) => systemManagers.test(manager)).flatMap((rule) => rule.folders);
  return (
    paths.length > 0 &&
    paths.every(({ text: path }) => folders.some((folder) => folder.test(path)) || path === '/var/cache/apt/*')
  );
}

/** Later commands that clean up behind the installation. */
function cleanersAfter(text: RunText, last: number): readonly number[] {
  return text.items.flatMap((_, index) => (index > last + 1 && isCleaner(text, index) ? [index] : []));
}

function obstacleTo(text: RunText, last: number, cleaners: readonly number[]): string | undefined {
  const { items, script, operation } = text;
  const line = lineOf(text);
  const [begin, end] = [items[0], items[last]];
  if (text.place === undefined || begin === undefined || end === undefined)
    return text.reason ?? t('line {0} is not understood', line);
  if (operation.mounts.some(({ type, readOnly }) => type === 'tmpfs' || (type === 'bind' && !readOnly))) {
    return t('what line {0} writes to its mount would not be there for the second part', line);
  }
  const joins = items.slice(1).map(({ join }) => join);
  if (!text.errexit && joins.includes('statement')) return t('line {0} goes on after a failing command', line);
  if (text.errexit && text.shape.prefix === undefined && joins.includes('statement') && text.heredoc) {
    return t('line {0} goes on after a failing command', line);
  }
  if (text.heredoc && items[last + 1]?.join !== 'statement')
    return t('line {0} is written in a way that is not edited', line);
  // What begins the second instruction could be read as one of its flags.
  const [next] = items[last + 1]?.commands ?? [];
  if (/<</.test(script) || next?.name?.text.startsWith('--')) {
    return t('line {0} is written in a way that is not edited', line);
  }
  const start = text.shape.prefix?.bodyStart ?? 0;
  const first = readShape(script.slice(start, end.end));
  const leak = first.leaks[0];
  if (leak !== undefined) return t('{0} in line {1} reaches the commands after it', leak.name, line);
  if (first.background) return t('line {0} leaves something running in the background', line);
  const rest = items.flatMap(({ commands }, index) => (index > last && !cleaners.includes(index) ? commands : []));
  for (const command of rest) {
    const call = managerCall(command);
    if (call === undefined || !systemManagers.test(call.manager)) continue;
    if (/^(?:purge|remove|autoremove|autopurge|del|erase|rm)$/.test(call.verb)) {
      return t('line {0} removes packages again, which would stay in the image then', line);
    }
    return t('line {0} works with the package manager again later', line);
  }
  return undefined;
}

/** Folders in which projects lie: installing packages does not look there. */
const projectFolders =
  /^\/(?:app|src|opt|srv|home|work|workspace|workdir|code|build|data|tmp|usr\/src|project)(?:\/|$)/;

/** COPY and ADD of the build context directly above, whose files the installation does not use; the topmost first. */
function copiesAbove(text: RunText, last: number): readonly BuildStep[] {
  const found: BuildStep[] = [];
  const words = text.items
    .slice(0, last + 1)
    .flatMap(({ commands }) => commands.flatMap((command) => command.arguments));
  // A local package, or a variable that may name one.
  if (words.some(({ text: word, value }) => value === undefined || /^\.{0,2}\/(?!var\/(?:lib|cache)\/)/.test(word)))
    return [];
  for (const step of text.stage.steps.slice(0, text.step.index).reverse()) {
    const { operation, origin } = step;
    if (operation.kind !== 'copy' || origin.kind !== 'own' || operation.origin.kind !== 'context') break;
    if (!projectFolders.test(cleanPath(operation.destination))) break;
    found.unshift(step);
  }
  return found;
}

function editsOf(
  source: Source,
  text: RunText,
  last: number,
  cleaners: readonly number[],
  copy: BuildStep | undefined,
): readonly Edit[] {
  const { document } = source;
  const [end, next] = [text.items[last], text.items[last + 1]];
  const { place } = text;
  if (end === undefined || next === undefined || place === undefined) return [];
  const within = new RunEdits(source, text);
  for (const index of cleaners) {
    const item = text.items[index];
    const command = item && document.text.slice(place(item).start, place(item).end);
    if (command === undefined) continue;
    within.insertAfterItem(last, command);
    within.removeItem(index);
  }
  const { at, head, tail } = cutBetween(source, text, place(end).end, place(next).start);
  const cut = (border: string): readonly Edit[] => [...within.edits(), { range: at, newText: head + border + tail }];
  if (copy === undefined) return cut(document.lineEnd);
  const range = { start: copy.instruction.range.start, end: text.instruction.range.end };
  const top = document.offset(range.start);
  const run = document.offset(text.instruction.range.start);
  const after = applyEdits(document.text, cut(between));
  const behind = document.text.length - document.offset(range.end);
  const [first = '', second = ''] = after.slice(run, after.length - behind).split(between);
  return [{ range, newText: first + document.lineEnd + document.text.slice(top, run) + second }];
}

/** In no Dockerfile: parts the two instructions while they are made. */
const between = '\0';

/** Where the RUN is cut, what ends the first instruction there and what begins the second. */
export function cutBetween(
  source: Source,
  text: RunText,
  from: number,
  to: number,
): { readonly at: Edit['range']; readonly head: string; readonly tail: string } {
  const { document } = source;
  const { lineEnd } = document;
  const { instruction, heredoc, shape } = text;
  const start = document.offset(instruction.range.start);
  const outer = document.text.slice(document.text.lastIndexOf('\n', start - 1) + 1, start);
  const header = document.text.slice(start, document.offset(instruction.command.range.start));
  const options = shape.prefix?.text;
  if (heredoc) {
    const indent = /^[ \t]*/.exec(document.text.slice(document.text.lastIndexOf('\n', from - 1) + 1, from))?.[0] ?? '';
    const terminator = document.slice({ start: heredoc.bodyRange.end, end: instruction.range.end });
    const script = options === undefined ? '' : `${lineEnd}${indent}${options}`;
    return {
      at: document.range(from, from),
      head: lineEnd + terminator.trimEnd(),
      tail: `${outer}${header}${document.slice(instruction.command.range).trim()}${script}`,
    };
  }
  const comments = document.text
    .slice(from, to)
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => (/^\s*#/.test(line) ? [`${outer}${line.trim()}${lineEnd}`] : []));
  const separator = shape.prefix?.separator === '&&' ? ' && ' : '; ';
  return {
    at: document.range(from, to),
    head: '',
    tail: `${comments.join('')}${outer}${header}${options === undefined ? '' : options + separator}`,
  };
}
