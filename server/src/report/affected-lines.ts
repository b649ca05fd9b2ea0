/** Which steps run again when a step does. */
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage } from '../build/types';

/** Lines of the steps that a change of one step makes run again, or may: later ones of its stage and what is built on them. */
export class AffectedLines {
  readonly #own: readonly (readonly { readonly index: number; readonly line: number }[])[];
  readonly #readers: readonly (readonly number[])[];

  constructor(private readonly graph: BuildGraph) {
    this.#own = graph.stages.map((stage) =>
      stage.steps.flatMap((step) =>
        step.produces === 'layer' ? [{ index: step.index, line: stepLine(stage, step) }] : [],
      ),
    );
    this.#readers = graph.stages.map((stage) => this.readers(stage));
  }

  /** Lines from 1, in the order of the file, without the step's own. */
  of(stage: BuildStage, stepIndex: number): readonly number[] {
    const lines: number[] = [];
    // What ONBUILD adds stands in the line of FROM, several times perhaps.
    const add = (line: number): void => {
      if (lines.at(-1) !== line) lines.push(line);
    };
    for (const { index, line } of this.#own[stage.index] ?? []) if (index > stepIndex) add(line);
    for (const line of this.#readers[stage.index] ?? []) add(line);
    return lines;
  }

  /** Lines in later stages that depend on the end of a stage: all of a child, and from the first COPY or mount that reads it. */
  private readers(stage: BuildStage): readonly number[] {
    const lines: number[] = [];
    const changed = new Set([stage.index]);
    for (const later of this.graph.stages.slice(stage.index + 1)) {
      if (!later.needed) continue;
      const isChild = later.base.kind === 'stage' && changed.has(later.base.stage);
      const first = isChild ? 0 : later.steps.findIndex((step) => this.reads(step.operation, changed));
      if (first < 0) continue;
      const affected = later.steps.slice(first).filter((step) => step.produces === 'layer');
      if (affected.length > 0 || isChild) changed.add(later.index);
      lines.push(...affected.map((step) => stepLine(later, step)));
    }
    return lines;
  }

  private reads(operation: BuildStage['steps'][number]['operation'], stages: ReadonlySet<number>): boolean {
    if (operation.kind === 'copy') return operation.origin.kind === 'stage' && stages.has(operation.origin.stage);
    if (operation.kind !== 'execute') return false;
    return operation.mounts.some((mount) => mount.origin.kind === 'stage' && stages.has(mount.origin.stage));
  }
}
