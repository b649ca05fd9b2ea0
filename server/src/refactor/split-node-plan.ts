/** What a split into a builder and a runtime stage consists of, before it becomes text. */
import type { CopyOperation } from '../build/types';
import { t } from '../localize';
import type { NextStandalone } from './next-standalone';
import type { NodeBase } from './node-image';
import { installScripts, type NodeProject, needsSystemLibraries } from './node-project';
import { cleanFolder, type NodeRoles, type StepRole } from './node-roles';
import type { Startup } from './node-startup';
import { runtimeOrder } from './split-text';

export interface CarriedPath {
  /** Absolute in the builder stage. */
  readonly source: string;
  /** As COPY names it, below the project's folder: `./`, `./dist`. */
  readonly destination: string;
}

export interface SplitPlan {
  readonly roles: NodeRoles;
  readonly base: NodeBase;
  /** Why the runtime stage keeps the full image, localised. */
  readonly keepsBase?: string;
  /** Index of the role `COPY . .` that moves behind the install step, and the files copied in its place. */
  readonly manifestsFirst?: { readonly copyAll: number; readonly install: number; readonly files: readonly string[] };
  /** The whole context is copied before dependencies are installed. */
  readonly copiesAllFirst: boolean;
  /** Command that removes development dependencies; absent when there are none. */
  readonly prune?: string;
  readonly carried: readonly CarriedPath[];
  /** The project's folder is carried as a whole, as nothing says what of it is needed. */
  readonly whole: boolean;
  /** Next.js made a server of its own, which is carried over alone. */
  readonly standalone?: NextStandalone;
}

/** The plan, or undefined when splitting would gain nothing. */
export function planSplit(
  roles: NodeRoles,
  written: NodeBase,
  startup: Startup,
  project: NodeProject,
  standalone: NextStandalone | undefined,
): SplitPlan | undefined {
  const keepsBase = written.slimmer ? whyFullImage(startup, project) : undefined;
  const prune = standalone === undefined ? pruneCommand(roles, written, project) : undefined;
  const sameBase = !written.slimmer || keepsBase !== undefined;
  // Without a build step, development dependencies are all that could go, and only the manifest tells whether there are any.
  const onlyPerhaps = !roles.builds && project.manifest === undefined;
  if (standalone === undefined && sameBase && (prune === undefined || onlyPerhaps)) return undefined;
  const manifestsFirst = orderForCache(roles, project);
  const carried = standalone?.carried ?? carriedPaths(roles, startup, project);
  return {
    roles,
    base: written,
    ...(keepsBase !== undefined && { keepsBase }),
    ...(manifestsFirst && { manifestsFirst }),
    copiesAllFirst: manifestsFirst === undefined && copyOfAll(roles) < roles.firstInstall,
    ...(prune !== undefined && { prune }),
    carried: carried ?? [{ source: roles.folder, destination: './' }],
    whole: carried === undefined,
    ...(standalone !== undefined && { standalone }),
  };
}

function whyFullImage(startup: Startup, project: NodeProject): string | undefined {
  if (startup.needsFullImage !== undefined) {
    return t('The runtime stage keeps the full image, because the container runs {0}.', startup.needsFullImage);
  }
  const needing = project.manifest?.dependencies.find((name) => needsSystemLibraries.has(name));
  if (needing === undefined) return undefined;
  return t('The runtime stage keeps the full image, because {0} loads libraries of it.', needing);
}

function pruneCommand(roles: NodeRoles, base: NodeBase, project: NodeProject): string | undefined {
  if (roles.pruned || project.manifest?.devDependencies.length === 0) return undefined;
  switch (roles.manager) {
    case 'npm':
      // npm 6, with Node before 15, does not know `--omit`.
      return base.major !== undefined && base.major < 15 ? 'npm prune --production' : 'npm prune --omit=dev';
    case 'pnpm':
      // Without a terminal pnpm asks before it removes the modules folder, unless it runs in CI.
      return 'CI=true pnpm prune --prod';
    case 'yarn':
      return 'yarn install --production --ignore-scripts --prefer-offline';
    default: {
      const never: never = roles.manager;
      return never;
    }
  }
}

/** Index of the step that copies the whole context to the project's folder; Infinity when there is none. */
function copyOfAll(roles: NodeRoles): number {
  const index = roles.roles.findIndex(
    ({ step }) => step.operation.kind === 'copy' && isWholeContext(step.operation, roles.folder),
  );
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}

/** Manifests before sources, when it is known that installing needs nothing else. */
function orderForCache(roles: NodeRoles, project: NodeProject): SplitPlan['manifestsFirst'] {
  const { manifest, lockFiles } = project;
  if (!manifest || lockFiles.length === 0 || manifest.local || installScripts(manifest).length > 0) return undefined;
  // Copied after the install step they would lie over what it installed.
  if (project.has('node_modules')) return undefined;
  const copyAll = copyOfAll(roles);
  const install = roles.firstInstall;
  if (copyAll > install) return undefined;
  const between = roles.roles.slice(0, install).filter((role, index) => role.project && index !== copyAll);
  const role = roles.roles[install];
  const installsOnly = role?.purposes.every(
    (purpose) => purpose.kind === 'install' || purpose.kind === 'system' || purpose.kind === 'tool',
  );
  const step = roles.roles[copyAll]?.step;
  const plain = step?.instruction.flags.every((flag) => flag.name === 'chown' || flag.name === 'link') === true;
  // The folder of the install step may not be named yet where the copy stands.
  const sameFolder = step !== undefined && cleanFolder(step.state.workdir) === roles.folder;
  if (between.length > 0 || installsOnly !== true || !plain || !sameFolder) return undefined;
  return { copyAll, install, files: lockFiles };
}

function isWholeContext(operation: CopyOperation, folder: string): boolean {
  const [source] = operation.sources;
  return (
    operation.origin.kind === 'context' &&
    operation.sources.length === 1 &&
    source?.kind === 'path' &&
    source.path === '' &&
    cleanFolder(operation.destination) === folder
  );
}

/** Folders that build commands usually write to, so that the context need not have them. */
const outputs = /^(?:dist|build|lib|out|output|\.next|\.output)$/;

/** What `files` of `package.json` names, when it covers what the container starts; undefined for the folder as a whole. */
function carriedPaths(roles: NodeRoles, startup: Startup, project: NodeProject): readonly CarriedPath[] | undefined {
  const { manifest } = project;
  const entry = startup.entry?.replace(/^\.\//, '');
  if (!manifest || manifest.files.length === 0 || entry === undefined || !entry.includes('.') || manifest.local)
    return undefined;
  const paths = manifest.files.map((path) => path.replace(/^\.?\//, '').replace(/\/(?:\*\*?)?(?:\/\*)?$/, ''));
  const covered = paths.some((path) => entry === path || entry.startsWith(`${path}/`));
  const there = paths.every(
    (path) =>
      path !== '' && !/[*?![\]{}$]|^\.\./.test(path) && (project.has(path) || (roles.builds && outputs.test(path))),
  );
  if (!covered || !there) return undefined;
  const names = ['package.json', ...(manifest.dependencies.length > 0 ? ['node_modules'] : []), ...paths];
  return [...new Set(names)].map((name) => ({ source: `${roles.folder}/${name}`, destination: `./${name}` }));
}

/** Steps of the runtime stage in order, and where among them the builder's files come in. */
export function runtimeRoles(roles: NodeRoles): {
  readonly before: readonly StepRole[];
  readonly after: readonly StepRole[];
} {
  return runtimeOrder(roles.roles, roles.lastProject);
}
