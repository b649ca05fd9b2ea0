/** Where steps stand in the file. */
import type { BuildStage, BuildStep } from './types';

/** Line of a step, from 1: that of its instruction, or of FROM for what ONBUILD of the base adds. */
export function stepLine(stage: BuildStage, step: BuildStep): number {
  return (step.origin.kind === 'onbuild' ? stage.instruction : step.instruction).range.start.line + 1;
}
