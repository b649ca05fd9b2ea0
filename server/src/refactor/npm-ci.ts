/**
 * `npm ci` where a lock file says what to install.
 *
 *     RUN npm install --production   →   RUN npm ci --production
 *
 * `npm install` may write another lock file than the one of the project; `npm ci` installs exactly that one and fails where it does not fit
 * the manifest (docs.npmjs.com: npm-ci).
 */
import { t } from '../localize';
import { readCommands, type ShellCommand } from '../shell/commands';
import { offered } from './effect';
import { readPart, sourceOf } from './run-part';
import { isWindows } from './run-windows';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'npm-ci';
const locks = ['package-lock.json', 'npm-shrinkwrap.json'];
/** Options that npm ci understands as npm install does. */
const shared =
  /^(?:--(?:omit|include)=(?:dev|optional|peer)|--production|--only=prod(?:uction)?|--no-audit|--no-fund|--ignore-scripts|--legacy-peer-deps|--no-progress|--quiet|--silent|--loglevel=\w+|--prefer-offline|--unsafe-perm)$/;

export const npmCi: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const stages = context.graph.stages.filter((stage) => !isWindows(context.graph, stage));
  const refactorings = stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      const { instruction, operation } = step;
      if (instruction.keyword !== 'RUN' || step.origin.kind !== 'own' || operation.kind !== 'execute') return [];
      if (operation.command.form !== 'shell' || !/\bnpm\b/.test(operation.command.script)) return [];
      const reading = readPart(source, instruction, step);
      if (reading.kind !== 'part' || reading.part.kind !== 'line') return [];
      const { part } = reading;
      const { place } = part;
      if (place === undefined || !hasLock(context, stage.steps.slice(0, step.index))) return [];
      const edits = readCommands(part.script)
        .commands.filter(installsProject)
        .flatMap((command) => {
          const verb = command.arguments[0];
          if (verb === undefined) return [];
          const span = place({ start: verb.start, end: verb.end });
          return [{ range: source.document.range(span.start, span.end), newText: 'ci' }];
        });
      if (edits.length === 0) return [];
      const line = instruction.range.start.line + 1;
      return [
        offered(
          context,
          {
            id: `${id}:${line}`,
            title: t('Install with npm ci, exactly what the lock file says'),
            kind: 'refactor.rewrite',
            line,
            endLine: instruction.range.end.line + 1,
            changesBehaviour: true,
            caution: t(
              'npm ci removes node_modules before it installs, never changes the lock file, and fails when package.json does not fit it.',
            ),
            edits,
          },
          t('The step runs once more; after that it is reused as before.'),
        ),
      ];
    }),
  );
  return { refactorings, refusals: [] };
}

/** `npm install` of what the manifest names, nothing else. */
function installsProject(command: ShellCommand): boolean {
  if (command.name?.value !== 'npm' || command.conditional) return false;
  const [verb, ...options] = command.arguments.map(({ value }) => value);
  return (verb === 'install' || verb === 'i') && options.every((option) => option !== undefined && shared.test(option));
}

type Steps = RefactorContext['graph']['stages'][number]['steps'];

/** A COPY before the install takes a lock file that the context has. */
function hasLock({ context }: RefactorContext, before: Steps): boolean {
  if (context.state !== 'ready') return false;
  const { snapshot } = context;
  return before.some(({ operation }) => {
    if (operation.kind !== 'copy' || operation.origin.kind !== 'context') return false;
    return operation.sources.some((source) => {
      if (source.kind !== 'path') return false;
      if (source.wildcard)
        return /^package(?:-lock)?[\w.*?-]*$/.test(source.path) && locks.some((lock) => isFile(lock));
      if (locks.includes(source.path.split('/').at(-1) ?? '')) return isFile(source.path);
      const folder = source.path === '' ? '' : `${source.path}/`;
      return locks.some((lock) => isFile(folder + lock));
    });
  });

  function isFile(path: string): boolean {
    return snapshot.entry(path)?.type === 'file';
  }
}
