/** What COPY --from takes out of another stage. */
import { cleanPath } from '../build/paths';
import type { CopyOperation } from '../build/types';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { Part } from './part';
import { isWithin, sizeOfPart } from './part';
import type { PathTarget } from './path-target';
import { matchedPath, pathTarget, splitPart } from './path-target';
import { knownBytes } from './size-range';
import { baseMayHold, doubtAt, isDirectoryIn, type StageFilesState, sizeIn } from './stage-files';

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

/** The files that COPY takes from a stage with these files, before it places them. */
export function takenFrom(
  state: StageFilesState,
  operation: CopyOperation,
  snapshot: ContextSnapshot | undefined,
): TakenFiles {
  const parts: { part: Part; from: string }[] = [];
  let assumed = false;
  let directory = false;
  const evidence: string[] = [];
  if (snapshot === undefined) return { state: 'unknown', reason: t('The build context is not known.'), low: 0 };
  for (const source of operation.sources) {
    if (source.kind !== 'path') continue;
    const path = cleanPath(`/${source.path}`);
    const chooses = operation.exclude.length > 0 || operation.parents;
    const target = pathTarget(path);
    const matched = source.wildcard && !chooses ? matchedParts(state, target, snapshot) : undefined;
    if (matched !== undefined) {
      parts.push(...matched);
      continue;
    }
    if (source.wildcard || chooses) return { state: 'unknown', reason: matching(source.written), low: 0 };
    const found = state.parts.flatMap((part) => splitPart(part, target, snapshot).taken);
    const sizes = found.map(sizeOfPart);
    const size = sizeIn(state, path, snapshot);
    if (size.bytes === null && size.basis === 'unknown') {
      const doubt = doubtAt(state, path);
      if (doubt === undefined || !packageFolder.test(path) || found.length === 0) {
        const reason =
          doubt === undefined && !sizes.some(({ bytes }) => bytes === null)
            ? t('What the base image holds at {0} is not known.', path)
            : t('Commands of that stage may have changed what lies at {0}.', path);
        return { state: 'unknown', reason, low: knownBytes(sizes) };
      }
      evidence.push(t('Commands that are not understood are taken to have left {0} alone.', path));
    }
    const isFile = found.some((part) => part.path === path && part.kind !== 'context' && part.kind !== 'bulk');
    const folder = isDirectoryIn(state, path, snapshot) === true;
    if (found.length === 0 && !folder) return { state: 'missing', path };
    directory ||= folder;
    assumed ||= !state.emptyBase && !isFile && !state.gone.some((gone) => isWithin(path, gone));
    parts.push(...found.map((part) => ({ part, from: path })));
  }
  return { state: 'known', parts, directory, assumed, evidence };
}

/**
 * What a pattern matches in a stage, each part with the path that it stands for; a pattern without match copies nothing
 * (dockerfile2llb/convert.go: dispatchCopy, AllowEmptyWildcard). Undefined when more may lie in the folder than is known, or files of a
 * folder are not told apart.
 */
function matchedParts(
  state: StageFilesState,
  target: PathTarget,
  snapshot: ContextSnapshot,
): readonly { readonly part: Part; readonly from: string }[] | undefined {
  if (/[[\]\\]/.test(target.path) || doubtAt(state, target.root) !== undefined || baseMayHold(state, target.root)) {
    return undefined;
  }
  const found = state.parts.flatMap((part) => splitPart(part, target, snapshot).taken);
  if (found.some(({ path }) => /[*?]/.test(path))) return undefined;
  return found.map((part) => ({ part, from: matchedPath(target, part.path) }));
}

function matching(written: string): string {
  return t('What {0} matches there is known once the engine has copied it.', written);
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
