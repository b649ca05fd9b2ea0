/** What COPY takes of the build context that hardly any image needs, and what of it is usually kept secret. */

import { installCommandOf } from '../build/install-command';
import type { BuildGraph, BuildStage, BuildStep, CopyOperation } from '../build/types';
import { joinPath, parentPath } from './paths';
import type { MatchState, PatternMatcher } from './pattern-matcher';
import { copySelection } from './selection';
import { resolveSources, type SourceRoot } from './source-roots';
import type { NeedlessKind } from './suspect-names';
import { type Suspect, suspectsOf } from './suspects';
import type { ContextSnapshot } from './types';

export interface NeedlessPath {
  /** Path in the context. */
  readonly path: string;
  /** Bytes of it, or below it. */
  readonly bytes: number;
  readonly files: number;
  readonly folder: boolean;
  readonly kind: NeedlessKind;
}

/** A suspect that a COPY takes, and where it puts it. */
export interface TakenSuspect {
  readonly suspect: Suspect;
  /** Absolute path in the stage. */
  readonly destination: string;
  /** The instruction names this very path. */
  readonly named: boolean;
}

/** Less than this of tests, logs or editor settings is not worth a word; what is made anew or changes at each commit always is. */
const noticeable = 100_000;

/** Everything of that kind that COPY or ADD takes from the build context, with its place in the stage. */
export function takenSuspects(operation: CopyOperation, snapshot: ContextSnapshot): readonly TakenSuspect[] {
  if (operation.origin.kind !== 'context') return [];
  const suspects = suspectsOf(snapshot);
  if (suspects.length === 0) return [];
  const { sources, exclude } = resolveSources(snapshot, copySelection(operation));
  const into = operation.destination.endsWith('/') || sources.flatMap(({ roots }) => roots).length > 1;
  const found = new Map<string, TakenSuspect>();
  for (const source of sources) {
    for (const root of source.roots) {
      const base = root.resolvedPath === '' ? '' : `${root.resolvedPath}/`;
      for (const suspect of suspects) {
        const whole = suspect.path === root.resolvedPath;
        if (!whole && !suspect.path.startsWith(base)) continue;
        const below = whole ? '' : suspect.path.slice(base.length);
        if (exclude !== undefined && isExcluded(exclude, root, below)) continue;
        const place = joinPath(root.destination, below);
        // A single file is called as the destination says, unless that is a folder.
        const renamed = root.entry.type !== 'directory' && !into && !operation.parents;
        found.set(suspect.path, {
          suspect,
          destination: renamed ? operation.destination : absolute(operation.destination, place),
          named: whole && source.kind === 'literal',
        });
      }
    }
  }
  return [...found.values()];
}

function absolute(folder: string, below: string): string {
  return `${folder.replace(/\/+$/, '')}/${below}`;
}

/** Whether `--exclude` keeps a path out that lies `below` the root. */
function isExcluded(exclude: PatternMatcher, root: SourceRoot, below: string): boolean {
  let candidate = root.candidate;
  let parent: MatchState;
  let excluded = false;
  for (const part of below === '' ? [] : below.split('/')) {
    candidate = joinPath(candidate, part);
    const state = new Uint8Array(exclude.patterns.length);
    excluded = exclude.match(candidate, parent, state);
    parent = state;
  }
  return excluded;
}

/**
 * What a step that copies from the build context takes though the image hardly needs it, largest first, nothing inside another. What the
 * instruction names itself is wanted. Installed packages and build outputs count only where the build makes them anew, tests only where it
 * runs none.
 */
export function needlessPaths(
  graph: BuildGraph,
  stage: BuildStage,
  step: BuildStep,
  snapshot: ContextSnapshot,
): readonly NeedlessPath[] {
  if (step.operation.kind !== 'copy') return [];
  const family = familyOf(graph, stage);
  const later = [
    ...stage.steps.filter(({ index }) => index > step.index),
    ...family.below.flatMap(({ steps }) => steps),
  ];
  const scripts = scriptsOf(later);
  const installs = [...family.above, stage, ...family.below].some(({ steps }) =>
    steps.some((each) => installCommandOf(each) !== undefined),
  );
  const found: NeedlessPath[] = [];
  for (const { suspect, named } of takenSuspects(step.operation, snapshot)) {
    if (suspect.concern !== 'needless' || named) continue;
    const { path, bytes, files, folder, kind } = suspect;
    const needless = isNeedless(suspect, { snapshot, scripts, installs, tests: () => testsRun(graph) });
    if (needless && !found.some((outer) => path.startsWith(`${outer.path}/`))) {
      found.push({ path, bytes, files, folder, kind });
    }
  }
  return found.sort((left, right) => right.bytes - left.bytes || (left.path < right.path ? -1 : 1));
}

interface Build {
  readonly snapshot: ContextSnapshot;
  /** What RUN does after the step, in this stage and in those that continue it. */
  readonly scripts: string;
  readonly installs: boolean;
  readonly tests: () => boolean;
}

function isNeedless({ path, bytes, kind }: Suspect, { snapshot, scripts, installs, tests }: Build): boolean {
  const has = (...names: readonly string[]) => names.some((name) => snapshot.entry(joinPath(path, name)) !== undefined);
  switch (kind) {
    case 'history':
      return true;
    case 'installed':
      return installs;
    case 'output':
      return isMadeAnew(path, scripts, snapshot);
    case 'coverage':
      // A folder of the source may be called so too.
      return bytes >= noticeable && has('lcov.info', 'lcov-report', 'clover.xml', 'coverage-final.json', 'index.html');
    case 'tests':
      return bytes >= noticeable && !tests();
    case 'cache':
    case 'editor':
    case 'log':
      return bytes >= noticeable;
    // Of secrets is spoken elsewhere.
    default:
      return false;
  }
}

/** Which command writes which folder beside which manifest. */
const makers: readonly { readonly folder: RegExp; readonly beside: RegExp; readonly command: RegExp }[] = [
  {
    folder: /^(?:dist|\.next|\.nuxt|\.svelte-kit)$/,
    beside: /^package\.json$/,
    command:
      /\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?\S*build|\b(?:vite|next|nuxt|ng|svelte-kit)\s+build\b|\b(?:tsc|webpack|rollup)\b/,
  },
  { folder: /^target$/, beside: /^Cargo\.toml$/, command: /\bcargo\s+(?:build|install)\b/ },
  { folder: /^target$/, beside: /^pom\.xml$/, command: /\bmvnw?\s/ },
  { folder: /^build$/, beside: /^build\.gradle(?:\.kts)?$/, command: /\bgradlew?\s/ },
  { folder: /^(?:bin|obj)$/, beside: /\.(?:cs|fs|vb)proj$/, command: /\bdotnet\s+(?:publish|build)\b/ },
];

function isMadeAnew(path: string, scripts: string, snapshot: ContextSnapshot): boolean {
  const folder = path.slice(path.lastIndexOf('/') + 1);
  const candidates = makers.filter((maker) => maker.folder.test(folder) && maker.command.test(scripts));
  if (candidates.length === 0) return false;
  const beside = snapshot.children(parentPath(path));
  return candidates.some((maker) => beside.some(({ name }) => maker.beside.test(name)));
}

/** The stages that a stage continues, and the needed ones that continue it. */
function familyOf(
  graph: BuildGraph,
  stage: BuildStage,
): { readonly above: readonly BuildStage[]; readonly below: readonly BuildStage[] } {
  const lineOf = (each: BuildStage) => {
    const line: BuildStage[] = [];
    let at: BuildStage | undefined = each;
    while (at?.base.kind === 'stage') {
      const parent: BuildStage | undefined = graph.stages[at.base.stage];
      if (parent === undefined || line.includes(parent)) break;
      line.push(parent);
      at = parent;
    }
    return line;
  };
  return { above: lineOf(stage), below: graph.stages.filter((each) => each.needed && lineOf(each).includes(stage)) };
}

function scriptsOf(steps: readonly BuildStep[]): string {
  return steps
    .flatMap(({ operation }) =>
      operation.kind !== 'execute'
        ? []
        : [operation.command.form === 'shell' ? operation.command.script : operation.command.arguments.join(' ')],
    )
    .join('\n');
}

/** Whether the build runs tests, or the container is made for it. */
function testsRun({ stages }: BuildGraph): boolean {
  return stages.some(
    ({ needed, steps, configuration }) =>
      needed &&
      /test|cypress|e2e/i.test(
        [scriptsOf(steps), ...(configuration.command ?? []), ...(configuration.entrypoint ?? [])].join(' '),
      ),
  );
}
