/** Files that are usually kept secret and that COPY takes into a stage, and how far they get from there. */
import { imageStages } from '../build/image-stages';
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, CopyOperation } from '../build/types';
import { takenSuspects } from './needless-files';
import type { SecretKind } from './suspect-names';
import type { ContextSnapshot } from './types';

export interface SecretPath {
  /** Path in the context. */
  readonly path: string;
  readonly kind: SecretKind;
  /** Absolute path in the stage. */
  readonly destination: string;
}

/**
 * Those that a step takes. `contentOf` gives the text of a file of which the name does not say enough (a `.pem` may be a certificate, which
 * everybody may see), `pending` until it is read; nothing is claimed of a file without it.
 */
export function secretPaths(
  operation: CopyOperation,
  snapshot: ContextSnapshot,
  contentOf: (path: string) => string | undefined | 'pending',
): readonly SecretPath[] {
  return takenSuspects(operation, snapshot).flatMap(({ suspect, destination }) => {
    if (suspect.concern !== 'secret' || isTestData(suspect.path)) return [];
    const { path, kind, content } = suspect;
    if (content !== undefined) {
      const text = contentOf(path);
      if (text === undefined || text === 'pending' || !content.test(text)) return [];
    }
    return [{ path, kind, destination }];
  });
}

/** Keys that tests are run with are no secret. */
function isTestData(path: string): boolean {
  return /(?:^|\/)(?:tests?|__tests__|testdata|fixtures|e2e|spec|examples?)\//i.test(path);
}

/**
 * Line (from 1) of the COPY that takes a path of a stage into the image, as far as its name tells; undefined when none does. A step that
 * deletes the path in between is not looked for.
 */
export function carriedByLine(graph: BuildGraph, stage: number, path: string): number | undefined {
  const inImage = imageStages(graph);
  const carried = (from: number, at: string, depth: number): number | undefined => {
    if (depth > graph.stages.length) return undefined;
    for (const reader of graph.stages) {
      if (!reader.needed) continue;
      for (const step of reader.steps) {
        const { operation } = step;
        if (operation.kind !== 'copy' || operation.origin.kind !== 'stage' || operation.exclude.length > 0) continue;
        if (!holdsFilesOf(graph, operation.origin.stage, from)) continue;
        const place = placeAfter(operation, at);
        if (place === undefined) continue;
        const line = inImage.has(reader.index) ? stepLine(reader, step) : carried(reader.index, place, depth + 1);
        if (line !== undefined) return line;
      }
    }
    return undefined;
  };
  return carried(stage, path, 0);
}

/** Whether a stage is another one, or continues it. */
function holdsFilesOf({ stages }: BuildGraph, stage: number, of: number): boolean {
  let at: BuildStage | undefined = stages[stage];
  for (let depth = 0; at !== undefined && depth <= stages.length; depth++) {
    if (at.index === of) return true;
    at = at.base.kind === 'stage' ? stages[at.base.stage] : undefined;
  }
  return false;
}

/** Where a COPY from a stage puts a path of it; undefined when it does not take it. */
function placeAfter(operation: CopyOperation, path: string): string | undefined {
  for (const source of operation.sources) {
    if (source.kind !== 'path') continue;
    const written = `/${source.path}`.replace(/\/+$/, '');
    if (source.wildcard) continue;
    if (path === written) return operation.destination;
    if (path.startsWith(`${written}/`)) {
      return `${operation.destination.replace(/\/+$/, '')}${path.slice(written.length)}`;
    }
  }
  return undefined;
}
