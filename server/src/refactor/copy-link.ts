/**
 * A layer of its own for a COPY that needs nothing of what lies below it.
 *
 *     COPY --from=build /out /opt/app      →      COPY --link --from=build /out /opt/app
 *
 * With `--link` the files are laid out on an empty filesystem and merged with what lies below (convert.go: dispatchCopy, CapMergeOp). So the
 * step stays cached when a step above it, or the base image, changes; docs/cache-model.md tells where engines ignore the flag. But every
 * folder on the way is made anew, owned by root with mode 755, and takes the place of what lay there: of the mode of `/tmp`, of the link
 * `/bin`, of an owner that a RUN gave. It is offered only where each of these folders is certainly a plain one of root's with that mode, or
 * not there yet.
 */
import { imageStages } from '../build/image-stages';
import { cleanPath } from '../build/paths';
import type { BuildStage, BuildStep, CopyOperation, ExecuteOperation, StepState } from '../build/types';
import { baseName } from '../context/paths';
import { selectSources } from '../context/select';
import { copySelection } from '../context/selection';
import type { CopyInstruction } from '../dockerfile/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { readCommands } from '../shell/commands';
import { baseHolds, isBaseFolder } from '../size/base-folders';
import { isWithin } from '../size/part';
import { copiesInto, foldersOfPackages, mayHoldFiles, stagesBelow, stepsBefore } from './copy-ground';
import { offered } from './effect';
import { isWindows } from './run-windows';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'copy-link';

export const copyLink: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  const image = imageStages(context.graph);
  for (const stage of context.graph.stages) {
    if (!image.has(stage.index) || stage.base.kind === 'scratch' || isWindows(context.graph, stage)) continue;
    for (const step of stage.steps) {
      if (!isPlainCopy(step)) continue;
      const { instruction } = step;
      const line = instruction.range.start.line + 1;
      const title = t('Copy into a layer of its own (--link)');
      const obstacle = obstacleTo(context, stage, step);
      if (obstacle !== undefined) {
        refusals.push({ rule: id, range: instruction.range, title, reason: t('Not linked: {0}.', obstacle) });
        continue;
      }
      const after = instruction.keywordRange.end;
      const proposal = {
        id: `${id}:${line}`,
        title,
        kind: 'refactor.rewrite',
        line,
        endLine: instruction.range.end.line + 1,
        changesBehaviour: false,
        edits: [{ range: { start: after, end: after }, newText: ' --link' }],
      } as const;
      refactorings.push(
        offered(
          context,
          proposal,
          t(
            'Line {0} stays cached when only the base image or steps above it change; steps below it run again as before. Engines with the classic image store ignore --link.',
            line,
          ),
        ),
      );
    }
  }
  return { refactorings, refusals };
}

type PlainCopy = BuildStep & { readonly instruction: CopyInstruction; readonly operation: CopyOperation };

/** `--chmod` switches the flag off, `--parents` makes folders of its own, and ADD may unpack what nobody knows. */
function isPlainCopy(step: BuildStep): step is PlainCopy {
  const { operation, instruction, origin } = step;
  return (
    origin.kind === 'own' &&
    step.needed &&
    operation.kind === 'copy' &&
    instruction.keyword === 'COPY' &&
    !operation.link &&
    operation.mode === undefined &&
    !operation.parents &&
    !instruction.flags.some(({ name }) => name === 'link')
  );
}

/** Why the flag would change the image, or fail; undefined when it does neither. */
function obstacleTo(context: RefactorContext, stage: BuildStage, step: PlainCopy): string | undefined {
  const { operation } = step;
  if (operation.owner !== undefined && !/^\d+(?::\d+)?$/.test(operation.owner)) {
    return t('the name {0} is looked up in the image, and a layer of its own has no /etc/passwd', operation.owner);
  }
  if (operation.owner !== undefined) {
    return t('the folders above would get the owner {0} too', operation.owner);
  }
  const target = cleanPath(operation.destination);
  if (target === '/') return t('folders that are copied to / take the place of those of the base image');
  const taken = takenBy(context, operation);
  const into = taken !== 'one file' || operation.destination.endsWith('/');
  const folders = [...above(target), ...(into ? [target] : [])];
  const odd = folders.find((folder) => groundOf(context, stage, step, folder) === 'other');
  if (odd !== undefined) return t('{0} may not be a folder of root with mode 755, which it would become', odd);
  if (!into && mayBeFolder(context, stage, step, target)) {
    return t(
      '{0} may be a folder, into which the file goes now; a layer of its own would put the file in its place',
      target,
    );
  }
  if (!into && isLinkOfBase(target)) return t('{0} may be a link in the base image, which is followed now', target);
  if (taken === 'folders') {
    if (mayHoldFiles(context, stage, step, target)) {
      return t('folders that are copied into {0} would take the place of those that lie there', target);
    }
    if (groundOf(context, stage, step, target) === 'plain') {
      return t('{0} would get the mode of the folder that is copied', target);
    }
  }
  return undefined;
}

/** A file that is copied to a folder without a slash behind its name goes into it (tonistiigi/fsutil, copy/copy.go: prepareTargetDir). */
function mayBeFolder(context: RefactorContext, stage: BuildStage, step: BuildStep, target: string): boolean {
  if (plainFolders.has(target) || isBaseFolder(target)) return true;
  return stepsBefore(context, stage, step).some((each) => mayMake(context, each, target));
}

/** Programs that the images of languages have as links to others. */
function isLinkOfBase(target: string): boolean {
  return /\/bin\/(?:nodejs|npm|npx|corepack|yarn|yarnpkg|pnpm|pnpx|python3?|python-config|pydoc3?|idle3?|phar|sh|bash)$/.test(
    target,
  );
}

/** Folders on the way to a path, `/` left out. */
function above(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

/** What the sources are; a path of another stage may be either, and is a folder then. */
function takenBy({ context }: RefactorContext, operation: CopyOperation): 'one file' | 'files' | 'folders' {
  const { sources, origin } = operation;
  const one = sources.length === 1 ? 'one file' : 'files';
  if (sources.every(({ kind }) => kind === 'heredoc')) return one;
  if (origin.kind !== 'context' || context.state !== 'ready') return 'folders';
  const { roots } = selectSources(context.snapshot, copySelection(operation));
  if (!roots.every(({ entry }) => entry.type === 'file')) return 'folders';
  return roots.length === 1 && !sources.some((source) => source.kind === 'path' && source.wildcard) ? one : 'files';
}

/** `absent`: not there before the step. `plain`: a folder of root with mode 755. */
type Ground = 'absent' | 'plain' | 'other';

/**
 * Folders that images of Debian, Ubuntu, Alpine and Fedora have, all as plain ones (Filesystem Hierarchy Standard 3.0). /usr/bin and /usr/lib
 * have mode 555 on Fedora, and hold many links.
 */
const plainFolders = new Set([
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/srv',
  '/usr',
  '/usr/local',
  '/usr/local/bin',
  '/usr/share',
  '/var',
  '/var/lib',
]);

function groundOf(context: RefactorContext, stage: BuildStage, step: BuildStep, folder: string): Ground {
  const [lowest] = stagesBelow(context, stage).slice(-1);
  const base = (lowest ?? stage).base;
  if (base.kind !== 'image' && base.kind !== 'scratch') return 'other';
  const steps = stepsBefore(context, stage, step);
  if (!steps.every((each) => leavesAttributes(each, folder))) return 'other';
  const made = steps.some((each) => makesPlain(each, folder));
  if (base.kind === 'scratch')
    return made ? 'plain' : steps.some((each) => mayMake(context, each, folder)) ? 'other' : 'absent';
  if (!leavesAlone(base.reference, folder) || isWorkdirOfBase(context, base.reference, folder)) return 'other';
  if (plainFolders.has(folder)) return 'plain';
  if (isBaseFolder(folder) || baseHolds(folder) !== 'empty' || /^\/(?:home|root)\//.test(folder)) return 'other';
  return made ? 'plain' : steps.some((each) => mayMake(context, each, folder)) ? 'other' : 'absent';
}

/** Images of Docker's own library with systems and languages; those with applications have folders of other owners where these go. */
const plainImages =
  /^(?:alma|amazon|oracle|rocky)linux$|^(?:alpine|archlinux|debian|ubuntu|fedora|busybox|bash|buildpack-deps|amazoncorretto|eclipse-temurin|openjdk|node|python|golang|ruby|rust|php|perl|gcc|erlang|elixir|haskell|julia|swift|maven|gradle|nginx|httpd)$/;
/** What they have there all the same: GOPATH, for everybody to write. */
const ownFolders: Readonly<Record<string, string>> = { golang: '/go' };

/** True where the image has nothing of its own at the path, which lies outside of the system's folders. */
function leavesAlone(reference: string, path: string): boolean {
  const name = /^(?:docker\.io\/)?(?:library\/)?([a-z0-9-]+)(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.exec(
    reference,
  )?.[1];
  if (name === undefined || !plainImages.test(name)) return false;
  const own = ownFolders[name];
  return own === undefined || !isWithin(path, own);
}

function isWorkdirOfBase(context: RefactorContext, reference: string, folder: string): boolean {
  const known = context.image(reference);
  if (known.kind !== 'known') return false;
  const workdir = known.facts.configuration?.workdir ?? '/';
  return workdir !== '' && workdir !== '/' && isWithin(folder, cleanPath(workdir));
}

/** WORKDIR makes the folder and those above it, for root unless another user is set. */
function makesPlain({ operation }: BuildStep, folder: string): boolean {
  return (
    operation.kind === 'make-directory' &&
    /^(?:|0|root)(?::(?:0|root))?$/.test(operation.owner) &&
    isWithin(cleanPath(operation.path), folder)
  );
}

/** The step may leave the folder behind, in whatever way. */
function mayMake(context: RefactorContext, { operation, state }: BuildStep, folder: string): boolean {
  switch (operation.kind) {
    case 'copy':
      return copiesInto(context, operation, folder);
    case 'make-directory':
      return isWithin(cleanPath(operation.path), folder);
    case 'execute':
      return (
        mentions(operation, state, baseName(folder)) ||
        foldersOfPackages.test(folder) ||
        (foldersOfManagers.test(folder) && isWithin(folder, cleanPath(state.workdir)))
      );
    case 'metadata':
    case 'nothing':
      return false;
    case 'unknown':
      return true;
    default:
      return operation satisfies never;
  }
}

/** What package managers make where they run, some of it as links. */
const foldersOfManagers = /\/(?:node_modules|vendor|\.?venv|\.yarn|\.bundle|target)(?:\/|$)/;

/** A command that makes a folder names it, perhaps by a variable; programs that are called for something else are taken to make none. */
function mentions({ command }: ExecuteOperation, state: StepState, name: string): boolean {
  const written = command.form === 'shell' ? command.script : command.arguments.join(' ');
  const values = new Map([...state.buildArguments, ...state.environment].map((entry) => [entry.name, entry.value]));
  const script = written.replace(
    /\$\{(\w+)\}|\$(\w+)/g,
    (all, braced: string | undefined, plain: string | undefined) => values.get(braced ?? plain ?? '') ?? all,
  );
  if (script.split(/[^\w.@+-]+/).includes(name)) return true;
  return readCommands(script).commands.some(
    (each) =>
      /^(?:mkdir|useradd|adduser|curl|wget)$/.test(each.name?.value ?? '') &&
      each.arguments.some(({ value, text }) => value === undefined && !text.includes('://')),
  );
}

/** Commands that leave owner, mode and kind of folders that are there as they are, but for what they are told to delete. */
const harmless =
  /^(?:apt-get|apt|apk|dnf|microdnf|yum|npm|npx|yarn|pnpm|pip3?|poetry|uv|bundle|gem|composer|go|cargo|mvn|gradle|dotnet|corepack|echo|printf|true|false|:|test|\[|cd|set|export|cat|ls|touch|mkdir|rm|curl|wget|useradd|adduser|groupadd|addgroup|update-ca-certificates|node|grep|sed|sleep)$/;

function leavesAttributes({ operation, state }: BuildStep, folder: string): boolean {
  if (operation.kind === 'unknown') return false;
  if (operation.kind === 'copy') {
    // An owner or a mode goes to the folders that are made on the way, and a layer of its own makes them all.
    const touches =
      isWithin(cleanPath(operation.destination), folder) || isWithin(folder, cleanPath(operation.destination));
    return !touches || (operation.owner === undefined && operation.mode === undefined && !operation.add);
  }
  if (operation.kind !== 'execute') return true;
  if (operation.command.form !== 'shell') return false;
  const { commands } = readCommands(operation.command.script);
  return commands.every(({ name, arguments: words }) => {
    if (name?.value === undefined || !harmless.test(name.value)) return false;
    if (/^(?:useradd|adduser)$/.test(name.value) && isWithin(folder, '/home')) return false;
    if (name.value !== 'rm') return true;
    return words.every(({ value: known, text }) => {
      // What a pattern matches lies in the folder before it.
      const value = known ?? (/^[\w./+@*?-]+$/.test(text) ? text.replace(/[^/]*[*?].*$/s, '') : undefined);
      if (value === undefined) return false;
      if (value.startsWith('-')) return true;
      return !isWithin(folder, cleanPath(value.startsWith('/') ? value : `${state.workdir}/${value}`));
    });
  });
}
