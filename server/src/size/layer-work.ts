/**
 * A layer while its step is gone through: what is written, removed and copied up, as overlayfs keeps it. Changing an attribute of a lower
 * file copies the whole file up, removing one leaves a whiteout without bytes, and what the layer itself wrote before is simply gone
 * (Documentation/filesystems/overlayfs.rst of Linux; measured: data of `docker history` for each case).
 */
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { PackageName, SizeRange, WrittenPart } from '../packages/types';
import type { Occurrence } from '../shell/types';
import { isBaseFolder, sizeOfBasePath, sizeOfLeftovers } from './base-folders';
import { occurring, occurringPart } from './occurrence';
import { baseOwner, type ContextTree, entryIn, filesOfPart, isWithin, type Owner, type Part, sizeOfPart } from './part';
import type { PathTarget } from './path-target';
import { matchedPath, movedPart, pathTarget, splitPart } from './path-target';
import { copiesOf, followingMove, keepingSecondNames } from './second-names';
import { isNothing, noBytes, perhaps, shareOf, smaller, unknownRange } from './size-range';
import type { Doubt, HiddenPart, StageFilesState } from './stage-files';
import { baseMayHold, doubtAt, existsIn, foldersTo, isDirectoryIn, sizeIn } from './stage-files';
import { cutTree, overwrittenSources } from './tree-overlap';

/** What lies there is the kernel's: nothing of it enters a layer. */
const pseudoFolders = ['/proc', '/sys', '/dev'];

export interface FileDetail {
  readonly text?: string;
  readonly label?: string;
  readonly files?: number;
  readonly reason?: string;
}

export class LayerWork {
  #parts: Part[];
  /** How many parts lie at each path; undefined until it is asked for. */
  #places: Map<string, number> | undefined;
  readonly #directories: Set<string>;
  #gone: readonly string[];
  readonly #hidden: HiddenPart[];
  readonly #doubts: Doubt[];
  #occurrence: Occurrence = 'runs';
  /** Folders that are in the layer's difference: made, changed, or holding something that changed. */
  readonly #folders = new Set<string>();

  constructor(
    private readonly before: StageFilesState,
    readonly owner: Owner,
    readonly snapshot: ContextSnapshot | undefined,
    /** Places at which something else is mounted while the step runs. */
    private readonly mounted: readonly string[] = [],
    /** Bytes that the base image holds at a path, where that is known. */
    private readonly baseFile: (path: string) => SizeRange | undefined = () => undefined,
  ) {
    this.#parts = [...before.parts];
    this.#directories = new Set(before.directories);
    this.#gone = before.gone;
    this.#hidden = [...before.hidden];
    this.#doubts = [...before.doubts];
  }

  /** The stage's files as they are now. */
  get state(): StageFilesState {
    return {
      emptyBase: this.before.emptyBase,
      parts: this.#parts,
      directories: this.#directories,
      gone: this.#gone,
      hidden: this.#hidden,
      doubts: this.#doubts,
      layers: this.owner.layer + 1,
    };
  }

  /** What this layer holds now. */
  get own(): readonly Part[] {
    return this.#parts.filter((part) => this.isOwn(part));
  }

  get folders(): ReadonlySet<string> {
    return this.#folders;
  }

  /** How often what comes next happens. */
  set occurrence(occurrence: Occurrence) {
    this.#occurrence = occurrence;
  }

  /** True for places whose contents are not in the layer. */
  isOutside(path: string): boolean {
    return [...pseudoFolders, ...this.mounted].some((folder) => isWithin(path, folder));
  }

  /** A copy put something within a folder that nothing tells of. */
  doubt(within: string): void {
    if (!this.isOutside(within)) this.#doubts.push({ owner: this.owner, within: [within], command: false });
  }

  /** A command that is not understood did something: anywhere, or within these folders. */
  doubtCommand(within: readonly string[] | undefined, packages = false): void {
    const whose = packages ? { packages: true as const } : {};
    this.#doubts.push({ owner: this.owner, ...(within === undefined ? {} : { within }), command: true, ...whose });
  }

  makeDirectory(path: string): void {
    if (this.isOutside(path)) return;
    const made = foldersTo(path).filter((folder) => isDirectoryIn(this.state, folder, this.snapshot) !== true);
    if (made.length > 0) for (const folder of foldersTo(path)) this.#folders.add(folder);
    for (const folder of foldersTo(path)) this.#directories.add(folder);
  }

  writeFile(path: string, size: SizeRange, detail: FileDetail = {}, packageName?: PackageName): void {
    const { text, label, reason } = detail;
    this.write({
      kind: 'file',
      path,
      owner: this.owner,
      size: occurring(size, this.#occurrence),
      ...(text === undefined || this.#occurrence !== 'runs' ? {} : { text }),
      ...(label === undefined ? {} : { label }),
      ...(reason === undefined ? {} : { reason }),
      ...(packageName === undefined ? {} : { package: packageName }),
    });
  }

  writeTree(path: string, size: SizeRange, detail: FileDetail = {}, packageName?: PackageName): void {
    const { label, files, reason } = detail;
    this.write({
      kind: 'bulk',
      path,
      owner: this.owner,
      size: occurring(size, this.#occurrence),
      ...(label === undefined ? {} : { label }),
      ...(reason === undefined ? {} : { reason }),
      ...(files === undefined ? {} : { files }),
      ...(packageName === undefined ? {} : { package: packageName }),
    });
  }

  /** A symbolic link; `target` as it is written in it, absent where that is not known. */
  writeLink(path: string, target?: string): void {
    const known = target !== undefined && this.#occurrence === 'runs';
    this.write({ kind: 'link', path, owner: this.owner, ...(known ? { target } : {}) });
  }

  /** What a package manager leaves. */
  writePart({ path, kind, size, files, package: packageName, label }: WrittenPart): void {
    const detail = { ...(files === undefined ? {} : { files }), ...(label === undefined ? {} : { label }) };
    if (kind === 'file') this.writeFile(path, size, detail, packageName);
    else this.writeTree(path, size, detail, packageName);
  }

  /** Puts a part at its path; what it takes the place of is gone, or hidden when it is of a lower layer. */
  write(part: Part): void {
    if (this.isOutside(part.path)) return;
    this.touchFolders(part.path);
    for (const folder of foldersTo(part.path).slice(0, -1)) this.#directories.add(folder);
    if (part.kind === 'context') {
      this.#directories.add(part.path);
      if (part.totals.files > 0 || isDirectoryIn(this.before, part.path, this.snapshot) !== true)
        this.#folders.add(part.path);
    }
    switch (part.kind) {
      case 'context':
        this.overwriteWithTree(part);
        break;
      case 'bulk':
        this.overwriteSameBulk(part.path, part.package, part.label);
        break;
      case 'file':
      case 'link':
        this.overwriteFile(part.path);
        break;
    }
    this.add(part);
  }

  /** Removes what a path or pattern means. */
  remove(pathOrPattern: string): void {
    const target = pathTarget(pathOrPattern);
    if (target.segments.length === 0 && this.isOutside(target.path)) return;
    if (this.#occurrence === 'runs') this.changeParts(keepingSecondNames(this.#parts, target));
    this.split(target, (part) =>
      this.drop(
        part,
        part.kind === 'context' || matchedPath(target, part.path) !== part.path ? 'deleted with its folder' : 'deleted',
      ),
    );
    if (this.#occurrence !== 'runs') return;
    for (const folder of this.#folders) if (target.covers(folder)) this.#folders.delete(folder);
    for (const directory of this.#directories) if (target.covers(directory)) this.#directories.delete(directory);
    if (target.segments.length === 0)
      this.#gone = [...this.#gone.filter((gone) => !isWithin(gone, target.path)), target.path];
  }

  removePackage({ manager, name }: PackageName): void {
    const isIt = (part: Part) =>
      (part.kind === 'file' || part.kind === 'bulk') && part.package?.manager === manager && part.package.name === name;
    this.replaceParts((part) => (isIt(part) ? this.drop(part, 'deleted') : [part]));
  }

  move(from: string, to: string): void {
    if (from === to) return;
    this.changeParts(followingMove(this.#parts, from, to));
    const moved = this.taken(from, to);
    const folder = this.#directories.has(from);
    this.remove(from);
    for (const part of moved) this.write(part);
    if (folder) this.makeDirectory(to);
  }

  copy(from: string, to: string): void {
    const copies = copiesOf(this.taken(from, to), to);
    if (this.#directories.has(from)) this.makeDirectory(to);
    for (const part of copies) this.write(part);
  }

  /** A second name for a file: no bytes of its own, but a lower layer's file comes up with it. */
  hardLink(from: string, to: string): void {
    this.changeAttributes(from, false);
    const sure = this.#occurrence === 'runs';
    const sameAs = sure ? { path: from, size: sizeIn(this.state, from, this.snapshot) } : undefined;
    this.write({ kind: 'file', path: to, owner: this.owner, size: noBytes, ...(sameAs && { sameAs }) });
  }

  /** Copies up what a change of owner, mode or times touches. */
  changeAttributes(pathOrPattern: string, recursive: boolean): void {
    const target = pathTarget(pathOrPattern);
    if (target.segments.length === 0 && this.isOutside(target.path)) return;
    const copies: Part[] = [];
    let touched = false;
    for (const directory of this.#directories) {
      if (recursive ? target.covers(directory) : directory === target.path) {
        for (const folder of foldersTo(directory)) this.#folders.add(folder);
      }
    }
    this.split(target, (part) => {
      const itself = recursive || part.kind === 'file' || part.kind === 'link' ? target : undefined;
      touched = true;
      if (itself === undefined || this.isOwn(part)) return [part];
      if (!recursive && !this.isMatch(part.path, target)) return [part];
      const size = sizeOfPart(part);
      this.hide(part, size, 'replaced');
      this.touchFolders(part.path);
      copies.push(occurringPart({ ...part, owner: this.owner }, this.#occurrence));
      return [];
    });
    for (const copy of copies) this.add(copy);
    if (target.segments.length === 0) this.touchUnknown(target.path, recursive, touched);
  }

  /** What is not known of a path whose attributes change comes up too. */
  private touchUnknown(path: string, recursive: boolean, touched: boolean): void {
    const directory = this.#directories.has(path) || isBaseFolder(path);
    if (!recursive) {
      if (touched || directory || existsIn(this.before, path, this.snapshot) === false) return;
      // What lies directly below /opt is the folder of a program (FHS 3.0, 3.13).
      if (baseMayHold(this.state, path) && !/^\/opt\/[^/]+$/.test(path)) this.copyUnknown(path);
      return;
    }
    const doubt = doubtAt(this.state, path);
    if (doubt !== undefined && doubt.owner.layer !== this.owner.layer) {
      this.writeTree(path, sizeOfLeftovers(path, doubt.packages === true) ?? unknownRange, {
        reason: t('Earlier steps may have left more at {0} than is known; all of it comes into this layer.', path),
      });
    } else if (baseMayHold(this.state, path)) this.copyUnknown(path);
  }

  private copyUnknown(path: string): void {
    const size = sizeOfBasePath(path);
    const reason = t('What the base image holds at {0} comes into this layer, and is not known.', path);
    this.write({ kind: 'bulk', path, owner: this.owner, size, ...(size.bytes === null ? { reason } : {}) });
  }

  /** Folders above a path come into the layer with it. */
  private touchFolders(path: string): void {
    for (const folder of foldersTo(path).slice(0, -1)) this.#folders.add(folder);
  }

  private isMatch(path: string, target: PathTarget): boolean {
    return target.segments.length === 0
      ? path === target.path
      : path.split('/').length === target.path.split('/').length;
  }

  /** What a copy of a path takes, under the new path. */
  private taken(from: string, to: string): readonly Part[] {
    const target = pathTarget(from);
    return this.#parts.flatMap((part) =>
      splitPart(part, target, this.snapshot).taken.map((piece) =>
        occurringPart(movedPart(piece, from, to, this.owner), this.#occurrence),
      ),
    );
  }

  private isOwn(part: Part): boolean {
    return part.owner.layer === this.owner.layer;
  }

  private split(target: PathTarget, take: (part: Part) => readonly Part[]): void {
    this.replaceParts((part) => {
      const { taken, kept } = splitPart(part, target, this.snapshot);
      if (taken.length === 0) return [part];
      const left = taken.flatMap(take);
      return kept === undefined ? left : [kept, ...left];
    });
  }

  private replaceParts(change: (part: Part) => readonly Part[]): void {
    this.changeParts(this.#parts.flatMap(change));
  }

  private changeParts(parts: readonly Part[]): void {
    if (parts === this.#parts) return;
    this.#parts = [...parts];
    this.#places = undefined;
  }

  private add(part: Part): void {
    this.#parts.push(part);
    this.#places?.set(part.path, (this.#places.get(part.path) ?? 0) + 1);
  }

  /** False when no part is at exactly this path: packages write thousands of new ones. */
  private hasPartAt(path: string): boolean {
    if (this.#places === undefined) {
      this.#places = new Map();
      for (const part of this.#parts) this.#places.set(part.path, (this.#places.get(part.path) ?? 0) + 1);
    }
    return this.#places.has(path);
  }

  /** Takes a part away: gone when this layer wrote it, else hidden. What only may happen leaves it as a possibility. */
  private drop(part: Part, how: HiddenPart['how']): readonly Part[] {
    const sure = this.#occurrence === 'runs';
    const size = sizeOfPart(part);
    if (!this.isOwn(part)) {
      this.touchFolders(part.path);
      this.hide(part, sure ? size : perhaps(size), how);
      return [];
    }
    // What a branch wrote, the same branch cleans up.
    if (sure || isNothing(size) || size.low === 0) return [];
    const { path, owner } = part;
    return [{ kind: 'bulk', path, owner, size: { ...perhaps(size), bytes: 0 } }];
  }

  private hide(part: Part, size: SizeRange, how: HiddenPart['how'], stays = false): void {
    if (isNothing(size)) return;
    const files = filesOfPart(part);
    const { path, owner } = part;
    const detail = { ...(files === undefined ? {} : { files }), ...(stays && { stays }) };
    this.#hidden.push({ path, size, owner, hiddenBy: this.owner, how, ...detail });
  }

  private overwriteFile(path: string): void {
    const inTree = this.#parts.some((part) => part.kind === 'context' && isWithin(path, part.path));
    if (!inTree && !this.hasPartAt(path)) {
      this.hideBaseFile(path);
      return;
    }
    this.split(pathTarget(path), (part) => (part.kind === 'bulk' ? [part] : this.drop(part, 'replaced')));
  }

  private hideBaseFile(path: string): void {
    if (this.before.emptyBase || this.#gone.some((gone) => isWithin(path, gone))) return;
    const size = this.baseFile(path);
    if (size === undefined || isNothing(size)) return;
    const known = this.#occurrence === 'runs' ? size : perhaps(size);
    this.#hidden.push({ path, size: known, owner: baseOwner, hiddenBy: this.owner, how: 'replaced', files: 1 });
    // Once hidden, it is hidden for good.
    this.#gone = [...this.#gone, path];
  }

  /** The same package, or the same kind of files, written to the same place again. */
  private overwriteSameBulk(path: string, packageName: PackageName | undefined, label: string | undefined): void {
    if (!this.hasPartAt(path)) return;
    this.replaceParts((part) => {
      if (part.kind !== 'bulk' || part.path !== path) return [part];
      const same =
        packageName === undefined
          ? part.package === undefined && label !== undefined && part.label === label
          : part.package?.manager === packageName.manager && part.package.name === packageName.name;
      return same ? this.drop(part, 'replaced') : [part];
    });
  }

  private overwriteWithTree(tree: ContextTree): void {
    const { snapshot } = this;
    if (snapshot === undefined) return;
    this.replaceParts((part) => {
      switch (part.kind) {
        case 'context':
          return this.overwriteTree(part, tree, snapshot);
        case 'file':
        case 'link':
          return entryIn(tree, part.path, snapshot)?.type === 'file' ? this.drop(part, 'replaced') : [part];
        case 'bulk': {
          const entry = entryIn(tree, part.path, snapshot);
          if (entry?.type !== 'directory' || this.isOwn(part)) return [part];
          const both = smaller(part.size, sizeOfPart({ ...tree, totals: snapshot.totalsOf(entry.path) }));
          this.hide(part, shareOf(both, 1, 1), 'replaced', true);
          return [part];
        }
        default:
          return part satisfies never;
      }
    });
  }

  private overwriteTree(part: ContextTree, later: ContextTree, snapshot: ContextSnapshot): readonly Part[] {
    const sources = overwrittenSources(part, later, snapshot);
    if (sources === 'too many') return [part];
    if (sources.length === 0) return [part];
    const { rest, pieces } = cutTree(part, sources, snapshot);
    return [...rest, ...pieces.flatMap((piece) => this.drop(piece, 'replaced'))];
  }
}
