/**
 * Owner and mode with the COPY instead of a RUN behind it, which copies every file a second time into a layer of its own.
 *
 *     COPY src /srv/app                    COPY --chown=app:app src /srv/app
 *     RUN chown -R app:app /srv/app   →
 *
 * A RUN changes whatever lies in the folder, COPY only what it copies: offered where nothing else can be there. COPY gives owner and mode to
 * the folders that it makes on the way, too (tonistiigi/fsutil, copy/copy.go: Copy, which calls MkdirAll with both).
 */

import { cleanPath } from '../build/paths';
import type { BuildStage, BuildStep, CopyOperation } from '../build/types';
import type { CopyInstruction, Range, RunInstruction } from '../dockerfile/types';
import { t } from '../localize';
import { readCommands } from '../shell/commands';
import { readShape } from '../shell/shape';
import { baseHolds } from '../size/base-folders';
import { copiesInto, isThere, mayHoldFiles, stepsBefore } from './copy-ground';
import { DocumentText } from './document';
import { offered } from './effect';
import { saves } from './fix-all';
import { isWindows } from './run-windows';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'copy-attributes';

export const copyAttributes: RefactoringRule = { id, offer, inFixAll: saves };

interface Change {
  readonly flag: 'chown' | 'chmod';
  readonly value: string;
  readonly path: string;
  readonly recursive: boolean;
}

/** What a COPY puts there: one file with its mode in the context, or what comes to lie in a folder. */
type Aim =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number }
  | { readonly kind: 'folder'; readonly path: string };

function offer(context: RefactorContext): Offers {
  const stages = context.graph.stages.filter((stage) => !isWindows(context.graph, stage));
  const refactorings = stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      const found = moved(context, stage, step);
      if (found === undefined) return [];
      const { run, copy, flags, cautions } = found;
      const document = new DocumentText(context.dockerfile.text);
      const line = run.range.start.line + 1;
      const after = copy.keywordRange.end;
      return [
        offered(
          context,
          {
            id: `${id}:${line}`,
            title: t('Set owner and mode with {0} in line {1}', copy.keyword, copy.range.start.line + 1),
            kind: 'refactor.rewrite',
            line,
            endLine: run.range.end.line + 1,
            ...(cautions.length === 0
              ? { changesBehaviour: false }
              : { changesBehaviour: true, caution: cautions.join(' ') }),
            edits: [
              { range: { start: after, end: after }, newText: ` ${flags.join(' ')}` },
              { range: wholeLines(document, run.range), newText: '' },
            ],
          },
          t('One step less to run; a change of a copied file no longer copies all of them again.'),
        ),
      ];
    }),
  );
  return { refactorings, refusals: [] };
}

interface Found {
  readonly run: RunInstruction;
  readonly copy: CopyInstruction;
  readonly flags: readonly string[];
  /** What differs, localised. */
  readonly cautions: readonly string[];
}

function moved(context: RefactorContext, stage: BuildStage, step: BuildStep): Found | undefined {
  const { instruction } = step;
  if (instruction.keyword !== 'RUN' || step.origin.kind !== 'own' || instruction.flags.length > 0) return undefined;
  const changes = changesOf(step);
  const before = stage.steps.slice(0, step.index).findLast(({ produces }) => produces === 'layer');
  if (changes === undefined || before === undefined || !isPlainCopy(before)) return undefined;
  const { instruction: copy, operation } = before;
  // Who runs the command matters for what it may change, and the name of an owner is looked up where the step stands.
  if (step.state.user !== '' && step.state.user !== 'root' && step.state.user !== '0') return undefined;
  const aim = aimOf(context, operation);
  const flags = aim && changes.map((change) => flagFor(change, aim));
  if (aim === undefined || flags === undefined || !flags.every((flag) => flag !== undefined)) return undefined;
  if (aim.kind === 'folder' && mayHoldFiles(context, stage, before, aim.path)) return undefined;
  // Where a folder lies, the file goes into it, and the command changes the folder.
  if (aim.kind === 'file' && !operation.destination.endsWith('/') && mayBeFolder(context, stage, before, aim.path))
    return undefined;
  const above = aim.path.slice(0, aim.path.lastIndexOf('/')) || '/';
  // Folders are made with the mode 755.
  const marked = changes.some(({ flag, value }) => flag === 'chown' || !/^0?755$|x$/.test(value));
  const cautions = [
    ...(aim.kind === 'file'
      ? []
      : [
          t(
            'The folder {0} itself keeps its owner and mode when an earlier step made it; what is copied into it gets them as before.',
            aim.path,
          ),
        ]),
    ...(marked && !isThere(context, stage, before, above)
      ? [t('The folder {0} gets the same owner and mode when it is not there yet.', above)]
      : []),
  ];
  return { run: instruction, copy, flags, cautions };
}

function mayBeFolder(context: RefactorContext, stage: BuildStage, copy: BuildStep, path: string): boolean {
  if (isThere(context, stage, copy, path)) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  // Such as /etc/nginx of the base image; programs and names with an ending are files.
  if (baseHolds(path) !== 'empty' && !name.includes('.') && !/\/s?bin\/[^/]+$/.test(path)) return true;
  return stepsBefore(context, stage, copy).some(({ operation }) => {
    if (operation.kind === 'copy') return copiesInto(context, operation, path);
    if (operation.kind !== 'execute') return false;
    const { command } = operation;
    const script = command.form === 'shell' ? command.script : command.arguments.join(' ');
    return script.split(/[^\w.@+-]+/).includes(name);
  });
}

function aimOf(
  { context }: RefactorContext,
  { origin, sources, destination, exclude }: CopyOperation,
): Aim | undefined {
  const path = cleanPath(destination);
  if (path === '/') return undefined;
  const [only, ...others] = sources;
  if (only?.kind !== 'path' || only.wildcard || others.length > 0 || origin.kind !== 'context') {
    return sources.every(({ kind }) => kind === 'path') ? { kind: 'folder', path } : undefined;
  }
  const entry = context.state === 'ready' ? context.snapshot.entry(only.path) : undefined;
  if (entry?.type !== 'file' || exclude.length > 0)
    return entry?.type === 'directory' ? { kind: 'folder', path } : undefined;
  return { kind: 'file', path: destination.endsWith('/') ? `${path}/${entry.name}` : path, mode: entry.mode };
}

/** The flag that does with the copying what the command does afterwards; undefined when none does. */
function flagFor({ flag, value, path, recursive }: Change, aim: Aim): string | undefined {
  if (path !== aim.path) return undefined;
  if (flag === 'chown') return recursive || aim.kind === 'file' ? `--chown=${value}` : undefined;
  if (/^[0-7]{3,4}$/.test(value)) return recursive || aim.kind === 'file' ? `--chmod=${value}` : undefined;
  // With the usual umask `+x` gives the right to everybody.
  const executable = aim.kind === 'file' && /^(?:a|ugo)?\+x$/.test(value);
  return executable ? `--chmod=${(aim.mode | 0o111).toString(8)}` : undefined;
}

type PlainCopy = BuildStep & { readonly instruction: CopyInstruction; readonly operation: CopyOperation };

/** COPY into a folder, without owner or mode of its own, of what is no archive to be unpacked. */
function isPlainCopy(step: BuildStep): step is PlainCopy {
  const { operation, instruction, origin } = step;
  return (
    origin.kind === 'own' &&
    operation.kind === 'copy' &&
    instruction.keyword === 'COPY' &&
    operation.owner === undefined &&
    operation.mode === undefined &&
    !operation.link &&
    !operation.parents
  );
}

/** The owners and modes that a RUN sets and nothing else; undefined when it does anything else. */
function changesOf({ operation, state }: BuildStep): readonly Change[] | undefined {
  if (operation.kind !== 'execute' || operation.command.form !== 'shell' || operation.mounts.length > 0)
    return undefined;
  const { script } = operation.command;
  const shape = readShape(script);
  if (shape.problem !== undefined || shape.template || !shape.chain || shape.background) return undefined;
  const changes: Change[] = [];
  for (const command of readCommands(script).commands) {
    const name = command.name?.value;
    if ((name !== 'chown' && name !== 'chmod') || command.isolated || command.conditional) return undefined;
    if (command.redirections.length > 0 || command.assignments.length > 0) return undefined;
    const words = command.arguments.map((word) => word.value);
    const recursive = words[0] === '-R' || words[0] === '--recursive';
    const [value, path, ...more] = recursive ? words.slice(1) : words;
    if (value === undefined || path === undefined || more.length > 0) return undefined;
    if (!(name === 'chmod' ? /^(?:[0-7]{3,4}|(?:a|ugo)?\+x)$/ : /^[\w-]+:[\w-]+$/).test(value)) return undefined;
    const absolute = cleanPath(path.startsWith('/') ? path : `${state.workdir}/${path}`);
    changes.push({ flag: name, value, path: absolute, recursive });
  }
  const flags = changes.map(({ flag }) => flag);
  // chown takes the set-user-id bit away again (chown(2)), COPY sets the mode last.
  if (flags[0] === 'chmod' && flags.length > 1 && /^[2-7]\d{3}$/.test(changes[0]?.value ?? '')) return undefined;
  return changes.length > 0 && new Set(flags).size === flags.length ? changes : undefined;
}

/** The lines of an instruction with the end of its last one, so that no empty line is left. */
function wholeLines(document: DocumentText, range: Range): Range {
  const start = { line: range.start.line, character: 0 };
  const next = { line: range.end.line + 1, character: 0 };
  const end = document.position(document.offset(next));
  const { text } = document;
  const last = document.offset(next) >= text.length && !/[\r\n]$/.test(text);
  if (!last || start.line === 0) return { start, end };
  // The last line of a text without an end: the end of the line before goes with it, and the empty lines between them.
  const before = document.offset(start);
  const cut = text.slice(0, before).replace(/(?:\r\n|\n|\r)[ \t\r\n]*$/, '').length;
  return { start: document.position(cut), end };
}
