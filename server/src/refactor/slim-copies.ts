/** What stages take from elsewhere: files of the build context, and files of an image's system out of another stage. */
import type { BuildStage, CopyOrigin } from '../build/types';
import { parseReference } from '../images/reference';
import { stageSystem } from '../size/stage-system';
import { type CopiedPath, copiedPaths } from './split-stage';
import type { RefactorContext } from './types';

/** Where files of the build context lie in a stage, those of the stages that it stands on among them, the lowest first. */
export function copiedFromContext(context: RefactorContext, stage: BuildStage): readonly CopiedPath[] {
  const { graph, context: files } = context;
  if (files.state !== 'ready') return [];
  const found: CopiedPath[] = [];
  let each: BuildStage | undefined = stage;
  for (let depth = 0; each !== undefined && depth <= graph.stages.length; depth += 1) {
    const { base, instruction }: BuildStage = each;
    const expanded = base.kind === 'image' ? base.reference : 'scratch';
    const parsed = parseReference(expanded);
    if (instruction.keyword === 'FROM' && parsed.kind === 'ok') {
      const system = stageSystem(expanded, undefined, graph.platform);
      const { reference } = parsed;
      const { snapshot } = files;
      found.unshift(...copiedPaths({ context, stage: each, from: instruction, reference, expanded, system, snapshot }));
    }
    each = base.kind === 'stage' ? graph.stages[base.stage] : undefined;
  }
  return found;
}

/** A path outside of what applications are put into, that a COPY or a mount takes out of one of the stages; undefined when none does. */
export function copiedFromSystem(
  { graph }: RefactorContext,
  stages: readonly BuildStage[],
): { readonly line: number; readonly path: string } | undefined {
  const among = (origin: CopyOrigin | { readonly kind: 'none' }): boolean =>
    origin.kind === 'stage' && stages.some(({ index }) => index === origin.stage);
  for (const stage of graph.stages) {
    if (!stage.needed) continue;
    for (const { operation, instruction } of stage.steps) {
      const paths =
        operation.kind === 'copy' && among(operation.origin)
          ? operation.sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []))
          : operation.kind === 'execute'
            ? operation.mounts.flatMap(({ type, origin, source }) => (type === 'bind' && among(origin) ? [source] : []))
            : [];
      const path = paths.find(isOfSystem);
      if (path !== undefined) return { line: instruction.range.start.line + 1, path: `/${path}` };
    }
  }
  return undefined;
}

/** In folders that packages of the distribution fill, or the whole; paths without the slash in front. */
function isOfSystem(path: string): boolean {
  return /^(?:$|\*|(?:s?bin|lib(?:64|32)?|etc|var\/lib)(?:\/|$)|usr(?:\/?$|\/(?!local\/|src\/)))/.test(path);
}
