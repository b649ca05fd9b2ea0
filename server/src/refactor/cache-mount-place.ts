/** Whether a file can have cache mounts, and with what a step of it would find them. */
import type { BuildGraph, BuildStage } from '../build/types';
import type { Dockerfile } from '../dockerfile/types';
import { t } from '../localize';
import type { CacheSurroundings } from './cache-mount-managers';
import type { RunText } from './run-text';
import type { RefactorContext } from './types';

/**
 * Why `RUN --mount` can't be written, localised; undefined where it can. The builtin frontend of every BuildKit has it; a `# syntax` line
 * names another one, and docker/dockerfile has it from 1.2 on.
 */
export function mountObstacle({ directives }: Dockerfile): string | undefined {
  const syntax = directives.find(({ name }) => name === 'syntax')?.value;
  if (syntax === undefined) return undefined;
  const match = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::([^@]*))?(?:@.*)?$/.exec(syntax);
  if (match === null) return t('the syntax {0} may not know mounts', syntax);
  const version = /^(\d+)(?:\.(\d+))?/.exec(match[1] ?? '');
  const isOld =
    version !== null &&
    (Number(version[1]) < 1 || (version[2] !== undefined && Number(version[1]) === 1 && Number(version[2]) < 2));
  return isOld ? t('the syntax {0} has no mounts yet: 1.2 or later is needed', syntax) : undefined;
}

/** The stage at the bottom of those that a stage stands on; the stage itself when it stands on an image. */
export function lowestStage({ stages }: BuildGraph, stage: BuildStage): BuildStage {
  let lowest = stage;
  for (let depth = 0; depth < stages.length && lowest.base.kind === 'stage'; depth += 1) {
    lowest = stages[lowest.base.stage] ?? lowest;
  }
  return lowest;
}

/** Repository of the image at the bottom of a stage, without registry, `library/` and tag. */
function baseImageOf(graph: BuildGraph, stage: BuildStage): string {
  const { base } = lowestStage(graph, stage);
  if (base.kind !== 'image') return '';
  return base.reference
    .replace(/^docker\.io\//, '')
    .replace(/^library\//, '')
    .replace(/[:@].*$/, '');
}

/** Who owns a mount for the step's user, as `uid=…,gid=…`; empty for root; undefined when the user's home is not known. */
export function ownerOf(
  context: RefactorContext,
  text: RunText,
): { readonly home: string; readonly owner: string } | undefined {
  const { user, environment } = text.step.state;
  const home = environment.find(({ name }) => name === 'HOME')?.value;
  if (/^(?:|root|0)(?::(?:root|0)?)?$/.test(user)) return { home: home ?? '/root', owner: '' };
  // The user of Docker's official images for Node.
  if (/^(?:node|1000)(?::(?:node|1000))?$/.test(user) && baseImageOf(context.graph, text.stage) === 'node') {
    return { home: home ?? '/home/node', owner: ',uid=1000,gid=1000' };
  }
  return undefined;
}

/** What decides where a manager keeps its cache in a step. */
export function surroundingsOf(context: RefactorContext, text: RunText): CacheSurroundings {
  const { environment } = text.step.state;
  return {
    home: ownerOf(context, text)?.home,
    variable: (name) => environment.findLast((entry) => entry.name === name)?.value,
    baseImage: baseImageOf(context.graph, text.stage),
    file: context.readContextFile,
  };
}

/** True when a folder is the other one or lies in it. */
export function isInFolder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
