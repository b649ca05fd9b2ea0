/** Folders of a project's workspaces. */
import { at, type ProjectView } from './install-view';
import type { PackageManifest } from './node-manifest';

/** Absolute paths of the folders that have a manifest; undefined where the patterns do not tell. */
export function workspaceFolders(
  view: ProjectView,
  { workspaces }: PackageManifest,
  manager: string,
): readonly string[] | undefined | 'pending' {
  let patterns: readonly string[] | null = workspaces === undefined ? [] : workspaces;
  const file = at(view, 'pnpm-workspace.yaml');
  if (manager === 'pnpm' && view.has(file)) {
    const text = view.text(file);
    if (text === 'pending' || text === undefined) return text;
    patterns = patternsOf(text);
  } else if (manager === 'pnpm') patterns = [];
  if (patterns === null) return undefined;
  const folders: string[] = [];
  for (const written of patterns) {
    const pattern = written.replace(/^\.\//, '').replace(/\/$/, '');
    const found = expand(view, pattern);
    if (found === undefined) return undefined;
    folders.push(...found);
  }
  return [...new Set(folders)];
}

/** `packages/*` and plain folders; others are not followed. */
function expand(view: ProjectView, pattern: string): readonly string[] | undefined {
  if (pattern === '.') return [];
  const [, above, last] = /^(?:((?:[\w@.-]+\/)*))([\w@.-]+|\*)$/.exec(pattern) ?? [];
  if (above === undefined || last === undefined || pattern.includes('..')) return undefined;
  const folder = at(view, above.replace(/\/$/, '')).replace(/\/$/, '');
  const names = last === '*' ? view.names(folder).filter((name) => name.endsWith('/')) : [last];
  return names.map((name) => `${folder}/${name.replace(/\/$/, '')}`).filter((path) => view.has(`${path}/package.json`));
}

/** The list below `packages:`; empty without one, null when it is written in another way, or other keys name files. */
function patternsOf(text: string): readonly string[] | null {
  if (/^(?:patchedDependencies|configDependencies)\s*:/m.test(text)) return null;
  const block = /^packages:[ \t]*\r?\n((?:[ \t]*(?:-.*|#.*)?\r?(?:\n|$))*)/m.exec(text)?.[1];
  if (block === undefined) return /^packages\s*:/m.test(text) ? null : [];
  const items = block.split(/\r?\n/).filter((line) => /^\s*-/.test(line)).length;
  const patterns = block.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*-\s*(?:'([^']*)'|"([^"]*)"|([^'"#\s]+))\s*(?:#.*)?$/.exec(line);
    const pattern = match?.[1] ?? match?.[2] ?? match?.[3];
    return pattern === undefined ? [] : [pattern];
  });
  return patterns.length > 0 && patterns.length === items ? patterns : null;
}
