/**
 * Keep what package managers download in cache mounts.
 *
 *     RUN pip install --no-cache-dir -r requirements.txt
 *  →  RUN --mount=type=cache,target=/root/.cache/pip \
 *         pip install -r requirements.txt
 *
 * The builder keeps the folder from build to build, and it is in no layer. Where later commands need what is in it (Go's modules, Maven's
 * repository), every RUN of the stage that may work with it gets the mount.
 */
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { type CacheManager, cacheManagers, isElsewhere } from './cache-mount-managers';
import { isInFolder, lowestStage, mountObstacle, ownerOf, surroundingsOf } from './cache-mount-place';
import { RunEdits } from './run-edits';
import { offeredForRuns, offeredWithoutBytes } from './run-effect';
import { type ManagerCall, managerCall, removalOf } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'cache-mount';

export const cacheMount: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const family of familiesOf(context, texts)) {
    for (const manager of cacheManagers) {
      const plan = planFor(context, source, manager, family);
      if (plan.kind === 'nothing') continue;
      const first = plan.texts[0];
      const last = plan.texts.at(-1);
      if (first === undefined || last === undefined) continue;
      const title = t('Keep the downloads of {0} in a cache mount', manager.manager);
      const range = { start: first.instruction.range.start, end: last.instruction.range.end };
      if (plan.kind === 'refused') {
        refusals.push({
          rule: id,
          range: first.instruction.range,
          title,
          reason: t('No cache mount: {0}.', plan.reason),
        });
        continue;
      }
      const make = manager.countedWithPackages ? offeredWithoutBytes : offeredForRuns;
      refactorings.push(
        make(
          context,
          {
            id: `${id}:${lineOf(first)}-${manager.manager}`,
            title,
            kind: 'refactor.rewrite',
            line: range.start.line + 1,
            endLine: range.end.line + 1,
            changesBehaviour: false,
            edits: plan.edits,
          },
          mountedRebuilds(plan.texts),
          plan.texts,
        ),
      );
    }
  }
  return { refactorings, refusals };
}

/** One sentence on rebuilds. */
export function mountedRebuilds(texts: readonly RunText[]): string {
  return t(
    'Line {0} runs once more; from then on an installation that runs again finds what earlier builds downloaded.',
    texts.map(lineOf).join(', '),
  );
}

/** RUNs by the stage at the bottom of theirs: what one of them leaves, others may find. */
export function familiesOf({ graph }: RefactorContext, texts: readonly RunText[]): readonly (readonly RunText[])[] {
  const families = new Map<number, RunText[]>();
  for (const text of texts) {
    const { index } = lowestStage(graph, text.stage);
    families.set(index, [...(families.get(index) ?? []), text]);
  }
  return [...families.values()];
}

export type MountPlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly texts: readonly RunText[]; readonly reason: string }
  | { readonly kind: 'plan'; readonly texts: readonly RunText[]; readonly edits: Refactoring['edits'] };

interface Use {
  readonly text: RunText;
  readonly calls: readonly ManagerCall[];
  readonly installs: boolean;
}

/** Programs that may call any other: they get the mount too where the cache is needed. */
const runners = /^(?:(?:ba|da|a)?sh|make|task|just|mage|ninja|npm|yarn|npx|goreleaser|\.{0,2}\/.*\.sh)$/;

function usesOf(manager: CacheManager, family: readonly RunText[]): readonly Use[] {
  const found: Use[] = [];
  for (const text of family) {
    const commands = text.items.flatMap(({ commands: each }) => each);
    const calls = commands.flatMap((command) => {
      const call = managerCall(command);
      return call?.manager === manager.manager && (manager.uses ?? manager.installs).test(call.verb) ? [call] : [];
    });
    const mayUse = manager.needed && found.length > 0 && commands.some(({ name }) => runners.test(name?.value ?? ''));
    const installs = calls.some(({ verb }) => manager.installs.test(verb));
    if (calls.length > 0 || mayUse) found.push({ text, calls, installs });
  }
  return found.some(({ installs }) => installs) ? found : [];
}

function planFor(
  context: RefactorContext,
  source: Source,
  manager: CacheManager,
  family: readonly RunText[],
): MountPlan {
  const uses = usesOf(manager, family);
  const [first] = uses;
  if (first === undefined || uses.some(({ calls }) => calls.some((call) => isElsewhere(manager, call)))) {
    return { kind: 'nothing' };
  }
  const refused = (text: RunText, reason: string): MountPlan => ({ kind: 'refused', texts: [text], reason });
  const edits: Refactoring['edits'][number][] = [];
  const changed: RunText[] = [];
  for (const { text, calls } of uses) {
    const folders = manager.folders(surroundingsOf(context, text));
    if (folders === 'off') return { kind: 'nothing' };
    if (folders === undefined) return refused(text, unknownPlace(context, manager, text));
    const owner = ownerOf(context, text)?.owner ?? '';
    const work = mountWork(source, text, folders, {
      options: `${manager.locked ? ',sharing=locked' : ''}${owner}`,
      empties: (call) => call.manager === manager.manager && manager.empties?.test(call.verb) === true,
    });
    if (work.kind === 'refused') return refused(text, work.reason);
    if (work.kind === 'mounted') continue;
    const obstacle = mountObstacle(context.dockerfile) ?? readElsewhere(context, manager, text, folders, family);
    if (obstacle !== undefined) return refused(text, obstacle);
    const withoutCache = dropped(manager, calls);
    if (withoutCache.length > 0 && text.place === undefined) return refused(text, text.reason ?? '');
    for (const { word, before } of withoutCache) work.edits.removeWord(word, before);
    edits.push(...work.edits.edits());
    changed.push(text);
  }
  return changed.length === 0 ? { kind: 'nothing' } : { kind: 'plan', texts: changed, edits };
}

function unknownPlace(context: RefactorContext, manager: CacheManager, text: RunText): string {
  if (ownerOf(context, text) === undefined) {
    return t('line {0} runs as {1}, whose home folder and number are not known', lineOf(text), text.step.state.user);
  }
  return t('it is not known where {0} keeps its downloads in line {1}', manager.manager, lineOf(text));
}

/** Options that turn the cache off, each with the word before it. */
function dropped(manager: CacheManager, calls: readonly ManagerCall[]) {
  return calls.flatMap(({ command }) =>
    command.arguments.flatMap((word, index) => {
      const before = command.arguments[index - 1] ?? command.name;
      return manager.without.includes(word.text) && before !== undefined ? [{ word, before }] : [];
    }),
  );
}

/** Why what the cache holds has to be in the stage, or undefined. */
function readElsewhere(
  { graph, dockerfile }: RefactorContext,
  manager: CacheManager,
  { stage }: RunText,
  folders: readonly string[],
  family: readonly RunText[],
): string | undefined {
  const stages = new Set([stage.index, ...family.map((text) => text.stage.index)]);
  for (const { steps } of graph.stages) {
    for (const { operation, instruction } of steps) {
      const line = instruction.range.start.line + 1;
      if (operation.kind !== 'copy') continue;
      const taken = operation.origin.kind === 'stage' && stages.has(operation.origin.stage) ? operation.sources : [];
      const takes = taken.some(
        (source) =>
          source.kind === 'path' &&
          folders.some(
            (folder) =>
              (isInFolder(folder, `/${source.path}`) && source.path !== '') || isInFolder(`/${source.path}`, folder),
          ),
      );
      if (takes) return t('line {0} copies it from there', line);
      if (folders.some((folder) => isInFolder(operation.destination.replace(/\/$/, ''), folder)))
        return t('line {0} copies files into it', line);
    }
  }
  const reader = family.find(({ items }) =>
    items.some(({ commands }) =>
      commands.some(
        (command) =>
          removalOf(command) === undefined &&
          command.arguments.some(({ text }) => folders.some((folder) => text.includes(folder))),
      ),
    ),
  );
  if (reader !== undefined) return t('line {0} works with {1}', lineOf(reader), folders.join(', '));
  const target = graph.target === undefined ? undefined : graph.stages[graph.target];
  if (manager.runs === undefined || target === undefined || !stages.has(target.index)) return undefined;
  const { command = [], entrypoint = [] } = target.configuration;
  const program = [...entrypoint, ...command]
    .flatMap((word) => word.split(/\s+/))
    .find((word) => manager.runs?.test(word.replace(/^.*\//, '')) === true);
  return program === undefined || dockerfile.instructions.length === 0
    ? undefined
    : t('the container runs {0}, which works with it', program);
}

export type MountWork =
  | { readonly kind: 'mounted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'work'; readonly edits: RunEdits };

/** Mounts at the folders for one RUN, without what would empty them; `mounted` when they are all there. */
export function mountWork(
  source: Source,
  text: RunText,
  folders: readonly string[],
  { options, empties }: { readonly options: string; readonly empties: (call: ManagerCall) => boolean },
): MountWork {
  const edits = new RunEdits(source, text);
  const line = lineOf(text);
  const missing: string[] = [];
  for (const folder of folders) {
    const mounts = text.operation.mounts.filter(({ target }) => {
      const at = target.replace(/\/$/, '');
      return at !== '' && (isInFolder(folder, at) || isInFolder(at, folder));
    });
    if (mounts.some(({ type }) => type !== 'cache'))
      return { kind: 'refused', reason: t('line {0} has another mount at {1}', line, folder) };
    if (mounts.length === 0) missing.push(folder);
  }
  if (missing.length === 0) return { kind: 'mounted' };
  for (const folder of missing) edits.addFlag(`--mount=type=cache,target=${folder}${options}`);
  for (const [index, { command, commands }] of text.items.entries()) {
    for (const each of commands) {
      const call = managerCall(each);
      const removal = removalOf(each);
      const words = (removal?.paths ?? []).filter((word) =>
        folders.some((folder) => emptiesFolder(word.value ?? word.text, folder)),
      );
      if (!(call !== undefined && empties(call)) && words.length === 0) continue;
      if (command === undefined || text.place === undefined)
        return { kind: 'refused', reason: t('line {0} empties it', line) };
      if (words.length === 0 || words.length === removal?.paths.length) edits.removeItem(index);
      else {
        for (const word of words) {
          const before = each.arguments[each.arguments.indexOf(word) - 1] ?? each.name;
          if (before !== undefined) edits.removeWord(word, before);
        }
      }
    }
  }
  if (!edits.leavesSomething) return { kind: 'refused', reason: t('line {0} empties it', line) };
  return { kind: 'work', edits };
}

/** True when `rm` of the path takes away what the folder holds: `~/.npm`, `/root/.cache/*`. */
function emptiesFolder(written: string, folder: string): boolean {
  const path = written
    .replace(/["']/g, '')
    .replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, /^(\/root|\/home\/[^/]+)/.exec(folder)?.[1] ?? '/root')
    .replace(/\/\*?$/, '');
  return path.startsWith('/') && (isInFolder(folder, path) || isInFolder(path, folder));
}
