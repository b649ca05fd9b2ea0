/** The Node project that an install in an image is for, with the packages that lie in it: workspaces and folders that it depends on. */
import type { BuildStage, BuildStep } from '../build/types';
import { type PackageManifest, readManifest } from './node-manifest';
import { installScripts, type NodeManifest, type PackageManager, readProject } from './node-project';
import { workspaceFolders } from './node-workspaces';
import { copiedFromContext } from './slim-copies';
import { absolutePath, cleanFolder, contextPathOf } from './split-stage';
import type { RefactorContext } from './types';

export interface ProductionProject {
  /** Scripts are those of the root; dependencies are those of all its packages, development is what only development needs. */
  readonly manifest: NodeManifest;
  readonly modernYarn: boolean;
  /** The first script that runs with the install, and the manifest that has it. */
  readonly script?: { readonly name: string; readonly file: string };
}

/** The project in a folder of the image when a step runs; undefined where nobody knows, or while a file is being read. */
export function productionProject(
  context: RefactorContext,
  stage: BuildStage,
  step: BuildStep,
  directory: string,
  manager: PackageManager,
): ProductionProject | undefined {
  const folder = contextFolder(context, stage, step, directory);
  if (folder === undefined) return undefined;
  const { manifest, modernYarn } = readProject(context, folder, manager);
  const text = context.readContextFile(below(folder, 'package.json'));
  const root = text === undefined || text === 'pending' ? undefined : readManifest(text);
  if (manifest === undefined || root === undefined) return undefined;
  const folders = packageFolders(context, folder, root, manager);
  if (folders === undefined) return undefined;
  const inner = folders.map((each) => ({ folder: each, manifest: readProject(context, each, manager).manifest }));
  const all = [{ folder, manifest }, ...inner];
  const dependencies = new Set(all.flatMap((each) => each.manifest?.dependencies ?? []));
  const development = new Set(all.flatMap((each) => each.manifest?.devDependencies ?? []));
  const [script] = all.flatMap((each) =>
    each.manifest === undefined
      ? []
      : installScripts(each.manifest).map((name) => ({ name, file: below(each.folder, 'package.json') })),
  );
  return {
    manifest: {
      ...manifest,
      dependencies: [...dependencies],
      devDependencies: [...development].filter((name) => !dependencies.has(name)),
    },
    modernYarn,
    ...(script && { script }),
  };
}

/** Settings of npm and pnpm that say which kinds of dependencies are installed. */
const choosing = /^[ \t]*(?:omit|include|only|also|dev|prod|production)(?:\[\])?[ \t]*=/m;

/**
 * Folder of the build context whose `package.json` lies in a folder of the image; '' for the root. Undefined also where settings beside it
 * say which dependencies are installed: they are stronger than the option, or have done it already.
 */
function contextFolder(
  context: RefactorContext,
  stage: BuildStage,
  step: BuildStep,
  directory: string,
): string | undefined {
  if (context.context.state !== 'ready') return undefined;
  const { snapshot } = context.context;
  const copied = copiedFromContext(context, stage).filter(
    ({ step: copy }) => copy.index < step.index || !stage.steps.includes(copy),
  );
  const place = cleanFolder(directory);
  const source = contextPathOf(below(place, 'package.json'), copied);
  if (source === undefined || snapshot.entry(source)?.type !== 'file') return undefined;
  if (!/(?:^|\/)package\.json$/.test(source)) return undefined;
  const last = copied.findLast(({ target }) => below(place, 'package.json').startsWith(target));
  // What another stage puts there afterwards may be another manifest.
  const covered = stage.steps.slice(0, step.index).some(({ index, operation }) => {
    if (operation.kind !== 'copy' || operation.origin.kind === 'context') return false;
    if (last !== undefined && stage.steps.includes(last.step) && index < last.step.index) return false;
    const target = cleanFolder(operation.destination);
    return target === place || target === '/' || place.startsWith(`${target}/`);
  });
  if (covered) return undefined;
  const settings = contextPathOf(below(place, '.npmrc'), copied);
  const text = settings === undefined ? undefined : context.readContextFile(settings);
  if (text === 'pending' || (text !== undefined && choosing.test(text))) return undefined;
  return source.slice(0, -'package.json'.length).replace(/\/$/, '');
}

/** Folders of the context with packages that are installed from there; undefined where the patterns do not tell, or a file is being read. */
function packageFolders(
  context: RefactorContext,
  folder: string,
  root: PackageManifest,
  manager: PackageManager,
): readonly string[] | undefined {
  if (context.context.state !== 'ready') return undefined;
  const { snapshot } = context.context;
  const inside = (path: string): string => path.replace(/^\//, '');
  const view = {
    folder: folder === '' ? '/' : `/${folder}`,
    has: (path: string) => snapshot.entry(inside(path)) !== undefined,
    text: (path: string) => context.readContextFile(inside(path)),
    names: (path: string) =>
      snapshot.children(inside(path)).map(({ name, type }) => (type === 'directory' ? `${name}/` : name)),
  };
  const workspaces = workspaceFolders(view, root, manager);
  if (workspaces === undefined || workspaces === 'pending') return undefined;
  const local = Object.values(root.dependencies).flatMap((source) => {
    const path = /^(?:file|link|portal):(.*)$/.exec(source)?.[1] ?? (/^\.{0,2}\//.test(source) ? source : undefined);
    const found = absolutePath(path, view.folder);
    return found !== undefined && view.has(`${found}/package.json`) ? [found] : [];
  });
  return [...new Set([...workspaces, ...local])].map(inside);
}

function below(folder: string, name: string): string {
  if (folder === '') return name;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
