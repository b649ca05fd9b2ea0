/** The text of one stage as two: what both stages of any split are written with. */

import type { BuildStep } from '../build/types';
import type { FromInstruction, Instruction } from '../dockerfile/types';
import { literally } from '../shell/literal-expression';
import type { DocumentText } from './document';

export const builderName = 'builder';

/** An instruction and the stage it goes to. */
export interface PlacedStep {
  readonly step: BuildStep;
  /** Stands in the builder stage. */
  readonly builder: boolean;
  /** `moved`: in the runtime stage only. `repeated`: in both. */
  readonly runtime: 'no' | 'moved' | 'repeated';
  /** Stands in the runtime stage in place of the instruction's own text. */
  readonly runtimeText?: string;
}

/**
 * Steps of the runtime stage in order, and where among them the builder's files come in: where the last step stood that made or
 * changed them.
 */
export function runtimeOrder<Step extends PlacedStep>(
  steps: readonly Step[],
  last: number,
): { readonly before: readonly Step[]; readonly after: readonly Step[] } {
  const kept = ({ runtime }: Step): boolean => runtime !== 'no';
  return {
    before: steps.slice(0, last).filter((step) => kept(step) && !startsContainer(step)),
    after: [
      ...steps.slice(0, last).filter((step) => kept(step) && startsContainer(step)),
      ...steps.slice(last).filter(kept),
    ],
  };
}

/** Stands after the files by habit, and does not mind. */
function startsContainer({ step }: PlacedStep): boolean {
  return /^(?:CMD|ENTRYPOINT|HEALTHCHECK|EXPOSE|STOPSIGNAL)$/.test(step.instruction.keyword);
}

export class StageText {
  readonly document: DocumentText;
  readonly from: FromInstruction;
  readonly steps: readonly PlacedStep[];
  readonly lineEnd: string;
  /** Name of the first stage. */
  readonly builder: string;

  constructor(document: DocumentText, from: FromInstruction, steps: readonly PlacedStep[], builder = builderName) {
    this.document = document;
    this.from = from;
    this.steps = steps;
    this.lineEnd = document.lineEnd;
    this.builder = builder;
  }

  /** In lower case where the file's FROM is. */
  keyword(word: string): string {
    const written = this.document.slice(this.from.keywordRange);
    return written === written.toLowerCase() ? word.toLowerCase() : word;
  }

  builderFrom(): string {
    const { document, from } = this;
    if (!from.name) return `${document.slice(from.range)} ${this.keyword('AS')} ${this.builder}`;
    return document.slice({ start: from.range.start, end: from.name.range.start }) + this.builder;
  }

  /** FROM of the runtime stage, with the platform and the name that the single stage had. */
  runtimeFrom(image: string): string {
    const { from } = this;
    const platform = from.platform ? `${this.document.slice(from.platform.range)} ` : '';
    const name =
      from.name && from.name.text.toLowerCase() !== this.builder ? ` ${this.keyword('AS')} ${from.name.text}` : '';
    return `${this.keyword('FROM')} ${platform}${image}${name}`;
  }

  textOf({ step }: PlacedStep): string {
    return this.document.slice(step.instruction.range);
  }

  flagsOf(instruction: Instruction): string {
    return instruction.flags.map((flag) => `${this.document.slice(flag.range)} `).join('');
  }

  /** Line ends, blank lines and comments between an instruction and the one above it. */
  gap(index: number): string {
    const above = index === 0 ? this.from : this.steps[index - 1]?.step.instruction;
    const below = this.steps[index]?.step.instruction;
    return above && below ? this.document.slice({ start: above.range.end, end: below.range.start }) : this.lineEnd;
  }

  blanksBefore(index: number): string {
    const gap = this.gap(index);
    return gap.trim() === '' ? gap : this.lineEnd;
  }

  withoutBlankLines(gap: string): string {
    return gap.trim() === '' ? this.lineEnd : gap.replace(/^(?:[ \t]*\r?\n)+/, this.lineEnd);
  }

  /** A step of the runtime stage with what stands above it; `first`: right under FROM, where no blank line is wanted. */
  runtimeLine(placed: PlacedStep, first: boolean): string {
    const text = placed.runtimeText ?? this.textOf(placed);
    const index = this.steps.findIndex(({ step }) => step === placed.step);
    if (placed.runtime === 'repeated' || index < 0) return this.lineEnd + text;
    const gap = this.gap(index);
    return (first ? this.withoutBlankLines(gap) : gap) + text;
  }

  /** ARG instructions of the builder that the runtime stage's instructions mention. */
  argumentsUsed(steps: readonly PlacedStep[]): PlacedStep[] {
    const text = steps
      .filter(({ step }) => step.instruction.keyword !== 'ARG')
      .map((placed) => placed.runtimeText ?? this.textOf(placed))
      .join('\n');
    return this.steps
      .filter(({ step, runtime }) => {
        const { instruction } = step;
        if (instruction.keyword !== 'ARG' || runtime !== 'no') return false;
        return instruction.pairs.some(({ name }) => new RegExp(`\\$\\{?${literally(name.text)}(?!\\w)`).test(text));
      })
      .map((placed) => ({ ...placed, runtime: 'repeated' as const }));
  }
}
