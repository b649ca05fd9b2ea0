/** What COPY --from takes out of another stage. */
import { cleanPath } from '../build/paths';
import type { CopyOperation, ResolvedSource } from '../build/types';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { Part } from './part';
import { entryIn, isWithin, sizeOfPart, under } from './part';
import type { PathTarget } from './path-target';
import { matchedPath, movedPart, pathTarget, splitPart } from './path-target';
import { withOwnBytes } from './second-names';
import { knownBytes } from './size-range';
import { includedOf, isLiteral, literalLead, matcherOf, parentsSource, withoutExcluded } from './stage-choice';
import { baseMayHold, doubtAt, foldersTo, isDirectoryIn, partsAt, type StageFilesState, sizeIn } from './stage-files';

export type TakenFiles =
  | {
      readonly state: 'known';
      /** With the path that was asked for, which the destination takes the place of. */
      readonly parts: readonly { readonly part: Part; readonly from: string }[];
      readonly directory: boolean;
      /** The base image might hold more files there; it is taken to hold none. */
      readonly assumed: boolean;
      readonly evidence: readonly string[];
    }
  | { readonly state: 'missing'; readonly path: string }
  | { readonly state: 'unknown'; readonly reason: string; readonly low: number };

/** Folders of packages, which commands of the project itself leave alone. */
const packageFolder = /\/(?:node_modules|site-packages|dist-packages|\.?venv|vendor)$/;

type PathSource = Extract<ResolvedSource, { readonly kind: 'path' }>;
type KnownFiles = Extract<TakenFiles, { readonly state: 'known' }>;

const untold = (reason: string, low = 0): TakenFiles => ({ state: 'unknown', reason, low });

/** The files that COPY takes from a stage with these files, before it places them. */
export function takenFrom(
  state: StageFilesState,
  operation: CopyOperation,
  snapshot: ContextSnapshot | undefined,
): TakenFiles {
  if (snapshot === undefined) return untold(t('The build context is not known.'));
  const exclude = matcherOf(operation.exclude);
  if (exclude === 'malformed') {
    return untold(t('The pattern {0} is malformed: the build will fail here.', operation.exclude.join(', ')));
  }
  const all: KnownFiles[] = [];
  for (const source of operation.sources) {
    if (source.kind !== 'path') continue;
    const taken = operation.parents
      ? takenWithParents(state, source, snapshot)
      : takenBySource(state, source, snapshot);
    if (taken.state !== 'known') return taken;
    all.push(taken);
  }
  const parts = all.flatMap((taken) => taken.parts);
  return {
    state: 'known',
    parts:
      exclude === undefined
        ? parts
        : parts.flatMap(({ part, from }) => {
            const left = withoutExcluded(part, from, exclude, snapshot);
            return left === undefined ? [] : [{ part: left, from }];
          }),
    directory: all.some(({ directory }) => directory),
    assumed: all.some(({ assumed }) => assumed),
    evidence: all.flatMap(({ evidence }) => evidence),
  };
}

function takenBySource(state: StageFilesState, source: PathSource, snapshot: ContextSnapshot): TakenFiles {
  const path = cleanPath(`/${source.path}`);
  if (!source.wildcard) return takenAt(state, path, snapshot);
  const matched = matchedPaths(state, pathTarget(path), snapshot);
  if (matched === undefined) return untold(matching(source.written));
  const all: KnownFiles[] = [];
  for (const one of matched) {
    const taken = takenAt(state, one, snapshot);
    if (taken.state !== 'known') return taken;
    all.push(taken);
  }
  return {
    state: 'known',
    parts: all.flatMap(({ parts }) => parts),
    directory: false,
    assumed: false,
    evidence: all.flatMap(({ evidence }) => evidence),
  };
}

/** What lies at a path, which may be a link or lead through one (fsutil copy/copy.go follows both; what lies below is copied as it is). */
function takenAt(state: StageFilesState, written: string, snapshot: ContextSnapshot): TakenFiles {
  const path = followedPath(state, written, snapshot);
  if (path === undefined) return untold(t('Where the link {0} leads is not known.', written));
  return takenFromPath(state, path, written, snapshot);
}

/** What lies at a path, as if it were at the one that was written. */
function takenFromPath(state: StageFilesState, path: string, written: string, snapshot: ContextSnapshot): TakenFiles {
  const found = withOwnBytes(partsAt(state, path, snapshot));
  const sizes = found.map(sizeOfPart);
  const size = sizeIn(state, path, snapshot);
  const evidence: string[] = [];
  if (size.bytes === null && size.basis === 'unknown') {
    const doubt = doubtAt(state, path);
    if (doubt === undefined || !packageFolder.test(path) || found.length === 0) {
      const reason =
        doubt === undefined && !sizes.some(({ bytes }) => bytes === null)
          ? t('What the base image holds at {0} is not known.', path)
          : t('Commands of that stage may have changed what lies at {0}.', path);
      return untold(reason, knownBytes(sizes));
    }
    evidence.push(t('Commands that are not understood are taken to have left {0} alone.', path));
  }
  const isFile = found.some((part) => part.path === path && part.kind !== 'context' && part.kind !== 'bulk');
  const directory = isDirectoryIn(state, path, snapshot) === true;
  if (found.length === 0 && !directory) return { state: 'missing', path: written };
  const assumed = !state.emptyBase && !isFile && !state.gone.some((gone) => isWithin(path, gone));
  const parts = found.map((part) => ({
    part: path === written ? part : movedPart(part, path, written, part.owner),
    from: written,
  }));
  return { state: 'known', parts, directory, assumed, evidence };
}

/** What `--parents` takes: with the folders between base and files, and links as links. */
function takenWithParents(state: StageFilesState, source: PathSource, snapshot: ContextSnapshot): TakenFiles {
  const { base: writtenBase, pattern } = parentsSource(source.written);
  const base = followedPath(state, writtenBase, snapshot);
  if (base === undefined) return untold(t('Where the link {0} leads is not known.', writtenBase));
  const lead = under(base, literalLead(pattern));
  if (pattern !== '' && isLiteral(pattern)) {
    const folder = lead.slice(0, lead.lastIndexOf('/'));
    if (folder !== '' && followedPath(state, folder, snapshot) !== folder) return untold(matching(source.written));
    const taken = takenFromPath(state, lead, lead, snapshot);
    return taken.state === 'known' ? { ...taken, parts: taken.parts.map(({ part }) => ({ part, from: base })) } : taken;
  }
  const include = matcherOf([pattern === '' ? '**' : pattern]);
  if (include === undefined || include === 'malformed') {
    return untold(t('The pattern {0} is malformed: the build will fail here.', pattern));
  }
  if (doubtAt(state, lead) !== undefined || baseMayHold(state, lead)) return untold(matching(source.written));
  const included = partsAt(state, base, snapshot).map((part) => includedOf(part, base, include, snapshot));
  const parts = included.flatMap((one) => one.parts);
  if (included.some(({ complete }) => !complete)) {
    return untold(matching(source.written), knownBytes(parts.map(sizeOfPart)));
  }
  return {
    state: 'known',
    parts: parts.map((part) => ({ part, from: base })),
    directory: true,
    assumed: !state.emptyBase,
    evidence: [],
  };
}

/**
 * The paths that a pattern matches in a stage; a pattern without match copies nothing (dockerfile2llb/convert.go: dispatchCopy,
 * AllowEmptyWildcard). Undefined when more may lie in the folder than is known, or files of a folder are not told apart.
 */
function matchedPaths(
  state: StageFilesState,
  target: PathTarget,
  snapshot: ContextSnapshot,
): readonly string[] | undefined {
  if (/[[\]\\]/.test(target.path) || doubtAt(state, target.root) !== undefined || baseMayHold(state, target.root)) {
    return undefined;
  }
  const found = state.parts.flatMap((part) => splitPart(part, target, snapshot).taken);
  if (found.some(({ path }) => /[*?]/.test(path))) return undefined;
  const empty = [...state.directories].filter((directory) => target.covers(directory));
  return [...new Set([...found.map(({ path }) => path), ...empty].map((path) => matchedPath(target, path)))];
}

function matching(written: string): string {
  return t('What {0} matches there is known once the engine has copied it.', written);
}

/** Linux follows no more links than this for one path. */
const maximumLinks = 40;

/** A path of a stage after all links on its way and at its end; undefined when one leads nobody knows where. */
function followedPath(state: StageFilesState, path: string, snapshot: ContextSnapshot): string | undefined {
  let current = path;
  for (let count = 0; count <= maximumLinks; count++) {
    const link = firstLink(state, current, snapshot);
    if (link === undefined) return current;
    if (link.target === undefined) return undefined;
    const folder = link.at.slice(0, link.at.lastIndexOf('/'));
    const target = link.target.startsWith('/') ? link.target : `${folder}/${link.target}`;
    current = cleanPath(`/${target}${current.slice(link.at.length)}`);
  }
  return undefined;
}

function firstLink(
  state: StageFilesState,
  path: string,
  snapshot: ContextSnapshot,
): { readonly at: string; readonly target: string | undefined } | undefined {
  const links = state.parts.filter((part) => part.kind === 'link' || part.kind === 'context');
  for (const at of foldersTo(path)) {
    for (const part of links) {
      if (part.kind === 'link' && part.path === at) return { at, target: part.target };
      const entry = part.kind === 'context' && part.path !== at ? entryIn(part, at, snapshot) : undefined;
      if (entry?.type === 'symlink') return { at, target: entry.linkTarget };
    }
  }
  return undefined;
}

let lastIdentity = 0;
const identities = new WeakMap<object, number>();

/** The same number for the same object. */
export function identityOf(value: object): number {
  let known = identities.get(value);
  if (known === undefined) {
    lastIdentity += 1;
    known = lastIdentity;
    identities.set(value, known);
  }
  return known;
}

/** The same text for takings that put the same files in the same places. */
export function nameOfTaking(taken: TakenFiles): string {
  if (taken.state !== 'known') return JSON.stringify(taken);
  const { directory, assumed, evidence } = taken;
  const parts = taken.parts.map(({ part, from }) => {
    const { owner: _, ...rest } = part;
    return [from, rest];
  });
  return JSON.stringify([directory, assumed, evidence, parts]);
}
