/** Puts a program's context on disk as people and tools do: what stays the same keeps its times. */
import fs from 'node:fs';
import path from 'node:path';
import { type ContextFile, contextFiles, type Program } from './program';
import { tarOf } from './sizes-cases';

/** What is done to the context beyond the difference of two programs. */
export type DiskAction =
  /** A folder takes the place of another; what is in it keeps its times. */
  | { readonly kind: 'exchange folders'; readonly one: string; readonly other: string }
  /** Every file is written anew with what it holds, as a checkout of another branch and back does. */
  | { readonly kind: 'rewrite all' }
  /** Files that change keep their modification times, as with `cp -p`. */
  | { readonly kind: 'keep times' };

/** Absolute paths that were created, changed or deleted. */
export type ChangedPaths = readonly string[];

function moved(name: string, action: DiskAction): string {
  if (action.kind !== 'exchange folders') return name;
  if (name.startsWith(`${action.one}/`)) return action.other + name.slice(action.one.length);
  if (name.startsWith(`${action.other}/`)) return action.one + name.slice(action.other.length);
  return name;
}

function exchange(folder: string, one: string, other: string): string[] {
  const [first, second] = [path.join(folder, one), path.join(folder, other)];
  const aside = path.join(path.dirname(folder), '.aside');
  fs.renameSync(first, aside);
  fs.renameSync(second, first);
  fs.renameSync(aside, second);
  return [first, second];
}

function write(target: string, file: ContextFile, old: ContextFile | undefined, keepTimes: boolean): void {
  switch (file.kind) {
    case 'file': {
      const times = keepTimes && old !== undefined ? fs.statSync(target) : undefined;
      if (old?.kind !== 'file' || old.text !== file.text) fs.writeFileSync(target, file.text);
      fs.chmodSync(target, file.mode);
      if (times !== undefined) fs.utimesSync(target, times.atime, times.mtime);
      else if (old?.kind === 'file' && old.touched !== file.touched) fs.utimesSync(target, new Date(), new Date());
      return;
    }
    case 'archive':
      fs.writeFileSync(target, tarOf({ packed: file.text }));
      return;
    case 'link':
      fs.rmSync(target, { force: true });
      fs.symlinkSync(file.target, target);
      return;
    case 'folder':
      fs.mkdirSync(target, { recursive: true });
      return;
    default: {
      const never: never = file;
      throw new Error(`unknown kind of file: ${JSON.stringify(never)}`);
    }
  }
}

/** Writes a file anew beside the old one and renames it into place, as version control does. */
function replace(target: string, file: ContextFile): void {
  if (file.kind === 'link' || file.kind === 'folder') return;
  const fresh = `${target}.new`;
  fs.copyFileSync(target, fresh);
  fs.chmodSync(fresh, fs.statSync(target).mode);
  fs.renameSync(fresh, target);
}

/**
 * Changes a context folder from one program to the next, and touches nothing that is the same in both (an untouched
 * file keeps its times, as in a real working tree).
 */
export function writeProgram(
  folder: string,
  next: Program,
  previous?: Program,
  actions: readonly DiskAction[] = [],
): ChangedPaths {
  const changed = new Set<string>();
  let before: Record<string, ContextFile> = previous ? contextFiles(previous) : {};
  for (const action of actions) {
    if (action.kind !== 'exchange folders') continue;
    for (const one of exchange(folder, action.one, action.other)) changed.add(one);
    before = Object.fromEntries(Object.entries(before).map(([name, file]) => [moved(name, action), file]));
  }
  const after = contextFiles(next);
  const keepTimes = actions.some((action) => action.kind === 'keep times');
  const same = (name: string): boolean => JSON.stringify(before[name]) === JSON.stringify(after[name]);
  for (const name of Object.keys(before).sort().reverse()) {
    if (after[name] !== undefined && after[name].kind === before[name]?.kind) continue;
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    changed.add(path.join(folder, name));
  }
  for (const [name, file] of Object.entries(after)) {
    if (same(name)) continue;
    const target = path.join(folder, name);
    makeFolders(folder, path.dirname(name), changed);
    write(target, file, before[name]?.kind === file.kind ? before[name] : undefined, keepTimes);
    changed.add(target);
  }
  if (actions.some((action) => action.kind === 'rewrite all')) {
    for (const [name, file] of Object.entries(after)) {
      replace(path.join(folder, name), file);
      changed.add(path.join(folder, name));
    }
  }
  for (const name of new Set([...Object.keys(previous?.folderModes ?? {}), ...Object.keys(next.folderModes)])) {
    const mode = next.folderModes[name] ?? 0o755;
    const target = path.join(folder, name);
    if (!fs.existsSync(target) || (fs.statSync(target).mode & 0o7777) === mode) continue;
    fs.chmodSync(target, mode);
    changed.add(target);
  }
  return [...changed];
}

/** A new folder is an event of its own, as editors tell it. */
function makeFolders(folder: string, name: string, changed: Set<string>): void {
  const target = path.join(folder, name);
  if (fs.existsSync(target)) return;
  makeFolders(folder, path.dirname(name), changed);
  fs.mkdirSync(target);
  changed.add(target);
}
