/**
 * Mount the manifests that only an installation reads instead of copying them.
 *
 *     COPY package.json package-lock.json ./        RUN --mount=type=bind,source=package.json,target=package.json \
 *     RUN npm ci                              →         --mount=type=bind,source=package-lock.json,target=package-lock.json \
 *     COPY . .                                          npm ci
 *                                                   COPY . .
 *
 * Only where the same files are copied again before anything else runs, or where nothing of the stage but what was installed is taken on;
 * and only for installations that write none of them, since the mount is read-only.
 */
import { imageStages } from '../build/image-stages';
import { cleanPath } from '../build/paths';
import type { BuildStep, CopyOperation } from '../build/types';
import { compileWildcard } from '../context/wildcard';
import { t } from '../localize';
import type { Edit, Refactoring } from '../report/types';
import { mountObstacle } from './cache-mount-place';
import { offered } from './effect';
import { RunEdits } from './run-edits';
import { hasOption, type ManagerCall, managerCall } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'bind-mount';

export const bindMount: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const text of runTexts(context, source)) {
    if (!onlyReads(text)) continue;
    const copies = copiesAbove(context, text);
    const [first] = copies;
    if (first === undefined) continue;
    const title = t('Mount the manifests that only the installation reads');
    const range = { start: first.step.instruction.range.start, end: text.instruction.range.end };
    const obstacle = mountObstacle(context.dockerfile) ?? obstacleTo(context, text, copies);
    if (obstacle !== undefined) {
      refusals.push({ rule: id, range, title, reason: t('Not mounted: {0}.', obstacle) });
      continue;
    }
    refactorings.push(
      offered(
        context,
        {
          id: `${id}:${lineOf(text)}`,
          title,
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: false,
          edits: editsOf(source, text, copies),
        },
        t('Line {0} still runs again whenever one of the manifests changes.', lineOf(text)),
      ),
    );
  }
  return { refactorings, refusals };
}

/** Installations that leave the manifests as they are. */
function isFrozen(call: ManagerCall): boolean {
  switch (call.manager) {
    case 'npm':
      return /^(?:ci|clean-install|install-clean|cache clean)$/.test(call.verb);
    case 'yarn':
      return (
        call.verb === 'cache clean' ||
        (/^(?:|install)$/.test(call.verb) && hasOption(call, '--frozen-lockfile', '--immutable'))
      );
    case 'pnpm':
      return /^(?:i|install)$/.test(call.verb) && hasOption(call, '--frozen-lockfile');
    case 'pip':
      return call.verb === 'install' && hasOption(call, '-r', '--requirement');
    case 'uv':
      return call.verb === 'sync' && hasOption(call, '--locked', '--frozen');
    case 'go':
      return call.verb === 'mod download';
    case 'composer':
      return /^(?:install|i)$/.test(call.verb);
    default:
      return false;
  }
}

/** The RUN does nothing else than to install from manifests. */
function onlyReads({ items }: RunText): boolean {
  return (
    items.length > 0 &&
    items.every(({ command }) => {
      const call = command && managerCall(command);
      return call !== undefined && isFrozen(call);
    })
  );
}

const manifests =
  /^(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|requirements[\w.-]*\.txt|constraints[\w.-]*\.txt|pyproject\.toml|uv\.lock|go\.(?:mod|sum)|composer\.(?:json|lock))$/;

interface ManifestCopy {
  readonly step: BuildStep;
  /** Paths in the build context; the files come to lie in the step's folder under their names. */
  readonly files: readonly string[];
}

/** COPY instructions directly above that bring nothing but manifests into the folder that the RUN works in; the topmost first. */
function copiesAbove(context: RefactorContext, text: RunText): readonly ManifestCopy[] {
  const found: ManifestCopy[] = [];
  for (const step of text.stage.steps.slice(0, text.step.index).reverse()) {
    const { operation, origin, instruction } = step;
    if (operation.kind !== 'copy' || origin.kind !== 'own' || instruction.comments.length > 0) break;
    const files = manifestsOf(context, operation, cleanPath(text.step.state.workdir));
    if (files === undefined) break;
    found.unshift({ step, files });
  }
  return found;
}

function manifestsOf(
  { context }: RefactorContext,
  operation: CopyOperation,
  folder: string,
): readonly string[] | undefined {
  const { add, origin, owner, mode, link, parents, exclude, sources, destination } = operation;
  if (add || origin.kind !== 'context' || owner !== undefined || mode !== undefined || link || parents)
    return undefined;
  if (exclude.length > 0 || context.state !== 'ready' || cleanPath(destination) !== folder) return undefined;
  const files: string[] = [];
  for (const source of sources) {
    if (source.kind !== 'path') return undefined;
    const slash = source.path.lastIndexOf('/');
    const above = slash < 0 ? '' : source.path.slice(0, slash);
    const pattern = compileWildcard(source.path.slice(slash + 1));
    const matches = context.snapshot.children(above).filter(({ name }) => pattern?.matches(name));
    if (matches.length === 0 || matches.some(({ type, name }) => type !== 'file' || !manifests.test(name)))
      return undefined;
    files.push(...matches.map(({ path }) => path));
  }
  const names = files.map((path) => path.slice(path.lastIndexOf('/') + 1));
  return new Set(names).size === names.length ? files : undefined;
}

function obstacleTo(context: RefactorContext, text: RunText, copies: readonly ManifestCopy[]): string | undefined {
  const folder = cleanPath(text.step.state.workdir);
  const files = copies.flatMap((copy) => copy.files);
  if (
    !text.stage.steps.some(
      ({ index, operation }) =>
        index < text.step.index && operation.kind === 'make-directory' && cleanPath(operation.path) === folder,
    )
  ) {
    return t('line {0} works in a folder that only the copy makes', lineOf(text));
  }
  for (const { operation, index, instruction, needed } of text.stage.steps.slice(text.step.index + 1)) {
    const line = instruction.range.start.line + 1;
    if (operation.kind === 'execute' || operation.kind === 'unknown') return t('line {0} may read the manifests', line);
    if (operation.kind !== 'copy' || !needed || index <= text.step.index) continue;
    const again = operation.sources.some((source) => source.kind === 'path' && source.path === '' && !source.wildcard);
    const plain = operation.origin.kind === 'context' && operation.owner === undefined && operation.mode === undefined;
    if (again && plain && operation.exclude.length === 0 && cleanPath(operation.destination) === folder) {
      // Files of the root alone lie under the same name again.
      return files.every((path) => !path.includes('/')) ? undefined : t('line {0} copies them to another place', line);
    }
  }
  return takenOn(context, text, folder, files);
}

/** Why a stage that copies them only once needs them, or undefined. */
function takenOn(
  { graph }: RefactorContext,
  { stage }: RunText,
  folder: string,
  files: readonly string[],
): string | undefined {
  const missing = t('they are not copied again, and the image would lack them');
  if (imageStages(graph).has(stage.index)) return missing;
  const targets = files.map((path) => cleanPath(`${folder}/${path.slice(path.lastIndexOf('/') + 1)}`));
  for (const other of graph.stages) {
    if (other.base.kind === 'stage' && other.base.stage === stage.index) return missing;
    for (const { operation, instruction } of other.steps) {
      const line = instruction.range.start.line + 1;
      if (
        operation.kind === 'execute' &&
        operation.mounts.some(({ origin }) => origin.kind === 'stage' && origin.stage === stage.index)
      ) {
        return t('line {0} may read the manifests', line);
      }
      if (operation.kind !== 'copy' || operation.origin.kind !== 'stage' || operation.origin.stage !== stage.index)
        continue;
      const takes = operation.sources.some((source) => {
        if (source.kind !== 'path' || source.wildcard || source.path === '') return true;
        return targets.some((target) => target === `/${source.path}` || target.startsWith(`/${source.path}/`));
      });
      if (takes) return t('line {0} takes them from this stage', line);
    }
  }
  return undefined;
}

function editsOf(source: Source, text: RunText, copies: readonly ManifestCopy[]): readonly Edit[] {
  const { document } = source;
  const edits = new RunEdits(source, text);
  for (const path of copies.flatMap(({ files }) => files)) {
    edits.addFlag(`--mount=type=bind,source=${path},target=${path.slice(path.lastIndexOf('/') + 1)}`);
  }
  const removed = copies.map(({ step }): Edit => {
    const { start, end } = step.instruction.range;
    return {
      range: {
        start: { line: start.line, character: 0 },
        end: document.position(document.offset({ line: end.line + 1, character: 0 })),
      },
      newText: '',
    };
  });
  return [...removed, ...edits.edits()];
}
