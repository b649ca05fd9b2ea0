/** Which steps run again when a step does. */
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import type { Instruction } from '../dockerfile/types';

/** Which steps an instruction is an input of: RUN has all variables in its key, COPY and WORKDIR only those they name. */
function readerOf(instruction: Instruction): ((later: BuildStep) => boolean) | undefined {
  switch (instruction.keyword) {
    case 'ENV':
    case 'ARG': {
      const names = instruction.pairs.map((pair) => pair.name.text);
      return (later) =>
        later.operation.kind === 'execute' ||
        (later.produces === 'layer' &&
          names.some(
            (name) =>
              later.instruction.original.includes(`$${name}`) || later.instruction.original.includes(`\${${name}`),
          ));
    }
    case 'USER':
      return (later) => later.operation.kind === 'execute' || later.operation.kind === 'make-directory';
    case 'SHELL':
      return (later) => later.operation.kind === 'execute' && later.operation.command.form === 'shell';
    case 'WORKDIR':
      return (later) => later.produces === 'layer';
    default:
      return undefined;
  }
}

/** Lines of the steps that a change of one step makes run again, or may: later ones of its stage and what is built on them. */
export class AffectedLines {
  readonly #own: readonly (readonly { readonly step: BuildStep; readonly line: number }[])[];
  readonly #readers: readonly (readonly number[])[];

  constructor(private readonly graph: BuildGraph) {
    this.#own = graph.stages.map((stage) =>
      stage.steps.flatMap((step) => (step.produces === 'layer' ? [{ step, line: stepLine(stage, step) }] : [])),
    );
    this.#readers = graph.stages.map((stage) => this.readers(stage));
  }

  /** Lines from 1, in the order of the file, without the step's own; none for what is no input of a later step. */
  of(stage: BuildStage, step: BuildStep): readonly number[] {
    const first = step.produces === 'layer' ? step.index + 1 : this.firstReader(stage, step);
    if (first === undefined) return [];
    const lines: number[] = [];
    // What ONBUILD adds stands in the line of FROM, several times perhaps.
    const add = (line: number): void => {
      if (lines.at(-1) !== line) lines.push(line);
    };
    for (const { step: later, line } of this.#own[stage.index] ?? []) if (later.index >= first) add(line);
    for (const line of this.#readers[stage.index] ?? []) add(line);
    return lines;
  }

  /** Index of the first layer of the stage that has what a metadata instruction sets among its inputs. */
  private firstReader(stage: BuildStage, step: BuildStep): number | undefined {
    const reads = readerOf(step.instruction);
    if (reads === undefined) return undefined;
    return this.#own[stage.index]?.find(({ step: later }) => later.index > step.index && reads(later))?.step.index;
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
