/** Packages and what they need, for lock files that name no folders: what a project reaches, and where a linker that hoists puts it. */

import type { LockedPackage, PackageOrigin } from './node-lock';
import { fitsPlatform, type NodePlatform, nameFitsPlatform } from './node-platform';
import { Remembered } from './remembered';

/** One release that a lock file resolves to. */
export interface GraphPackage {
  /** Unique in its lock file. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly origin: PackageOrigin;
  /** Names of folders to ids. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** Those of them that may be missing. */
  readonly optional: ReadonlySet<string>;
  readonly installScript: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
}

export type NodeGraph = ReadonlyMap<string, GraphPackage>;

/** What a project asks for. */
export interface GraphRoot {
  /** Names of folders to ids. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly optional: ReadonlySet<string>;
}

/** More folders than this are not laid out. */
const mostFolders = 50_000;

function fits(one: GraphPackage, platform: NodePlatform | undefined): boolean {
  if (platform === undefined) return true;
  return one.os.length > 0 || one.cpu.length > 0 ? fitsPlatform(one, platform) : nameFitsPlatform(one.name, platform);
}

/**
 * What is reached and fits the platform (every one without it), nearest first, and how often each is needed. Optional packages that do not
 * fit are left out.
 */
export function reachable(
  graph: NodeGraph,
  roots: readonly GraphRoot[],
  platform: NodePlatform | undefined,
): ReadonlyMap<GraphPackage, number> {
  const key = JSON.stringify([roots.map(textOf), platform]);
  return reaches.get(graph, graph, key, () => reachAnew(graph, roots, platform));
}

const reaches = new Remembered<ReadonlyMap<GraphPackage, number>>();
const layouts = new Remembered<readonly LockedPackage[]>();

function textOf({ dependencies, optional }: GraphRoot): unknown {
  return [[...dependencies], [...optional]];
}

function reachAnew(
  graph: NodeGraph,
  roots: readonly GraphRoot[],
  platform: NodePlatform | undefined,
): ReadonlyMap<GraphPackage, number> {
  const found = new Map<GraphPackage, number>();
  const queue: { readonly dependencies: ReadonlyMap<string, string>; readonly optional: ReadonlySet<string> }[] = [
    ...roots,
  ];
  for (let at = 0; at < queue.length; at++) {
    const { dependencies, optional } = queue[at] ?? { dependencies: new Map<string, string>(), optional: new Set() };
    for (const [name, id] of dependencies) {
      const one = graph.get(id);
      if (one === undefined || (!fits(one, platform) && (optional.has(name) || one.name === 'fsevents'))) continue;
      const times = found.get(one);
      found.set(one, (times ?? 0) + 1);
      if (times === undefined) queue.push(one);
    }
  }
  return found;
}

interface Folder {
  readonly location: string;
  readonly above: Folder | undefined;
  readonly inside: Map<string, GraphPackage>;
}

/**
 * Folders of a linker that hoists: of each name the release that is needed most often lies at the top (unless the project asks for
 * another), and others as high as nothing is in their way. Yarn 1 (`src/package-hoister.js`) and Yarn's node-modules linker
 * (`@yarnpkg/nm`, `hoist.ts`) do so in all but ties.
 */
export function hoisted(graph: NodeGraph, root: GraphRoot, platform: NodePlatform): readonly LockedPackage[] {
  const key = JSON.stringify([textOf(root), platform]);
  return layouts.get(graph, graph, key, () => hoistAnew(graph, root, platform));
}

function hoistAnew(graph: NodeGraph, root: GraphRoot, platform: NodePlatform): readonly LockedPackage[] {
  const reached = reachable(graph, [root], platform);
  const top: Folder = { location: '', above: undefined, inside: new Map() };
  const placed: LockedPackage[] = [];
  const queue: { readonly one: GraphPackage; readonly folder: Folder }[] = [];
  const place = (name: string, one: GraphPackage, folder: Folder): void => {
    const location = `${folder.location}node_modules/${name}`;
    folder.inside.set(name, one);
    placed.push(lockedAt(location, one));
    queue.push({ one, folder: { location: `${location}/`, above: folder, inside: new Map() } });
  };
  for (const [name, id] of root.dependencies) {
    const one = graph.get(id);
    if (one !== undefined && reached.has(one)) place(name, one, top);
  }
  const favourites = new Map<string, GraphPackage>();
  for (const [one, times] of reached) {
    const other = favourites.get(one.name);
    if (other === undefined || times > (reached.get(other) ?? 0)) favourites.set(one.name, one);
  }
  for (let at = 0; at < queue.length && placed.length < mostFolders; at++) {
    const { one, folder } = queue[at] ?? { one: undefined, folder: top };
    for (const [name, id] of one?.dependencies ?? []) {
      const wanted = graph.get(id);
      if (wanted === undefined || !reached.has(wanted)) continue;
      const favourite = favourites.get(wanted.name);
      if (favourite !== undefined && favourite.name === name && !top.inside.has(name)) place(name, favourite, top);
      let home = folder;
      let visible: GraphPackage | undefined;
      for (let above: Folder | undefined = folder; above !== undefined; above = above.above) {
        visible = above.inside.get(name);
        if (visible !== undefined) break;
        home = above;
      }
      if (visible !== wanted) place(name, wanted, home);
    }
  }
  return placed;
}

/** A graph's package in a folder. */
export function lockedAt(location: string, one: GraphPackage): LockedPackage {
  return {
    location,
    name: one.name,
    version: one.version,
    origin: one.origin,
    link: one.origin === 'local',
    bundled: false,
    dev: false,
    optional: false,
    devOptional: false,
    peer: false,
    installScript: one.installScript,
    os: one.os,
    cpu: one.cpu,
    libc: one.libc,
  };
}
