/** Which stages run Windows shells. */
import type { BuildGraph, BuildStage } from '../build/types';

/** The platform, the base image's name or a program tells: the builder's default shell there is cmd. */
export function isWindows(graph: BuildGraph, stage: BuildStage): boolean {
  const { base } = stage;
  if (/^windows/.test(graph.platform)) return true;
  if (base.kind === 'image' && /windows|nanoserver|servercore/i.test(`${base.platform ?? ''} ${base.reference}`))
    return true;
  const parent = base.kind === 'stage' ? graph.stages[base.stage] : undefined;
  if (parent && parent !== stage && parent.index < stage.index && isWindows(graph, parent)) return true;
  return stage.steps.some(
    ({ operation }) =>
      operation.kind === 'execute' &&
      operation.command.form === 'shell' &&
      /^\s*@?(?:powershell(?:\.exe)?|cmd(?:\.exe)?\s+\/[a-z]|setx|msiexec)\b/i.test(operation.command.script),
  );
}
