/** What many compared builds come to. */
import type { Report } from '../../server/src/report/types';
import { ConfusionMatrix, compareSteps, describeStep, wrongness } from './comparison';
import type { Vertex } from './session';

/** Adds up builds that succeeded, so that every result the engine holds is one that the baseline knows. */
export class ComparisonTotal {
  readonly matrix = new ConfusionMatrix();

  /**
   * Compares one build with what was foretold of it.
   * @returns a line for each step that was foretold wrongly or does not correspond
   */
  add(label: string, report: Report, vertexes: readonly Vertex[]): string[] {
    const { compared, problems } = compareSteps(report, vertexes);
    const wrong = problems.map((problem) => `${label}: ${problem}`);
    for (const step of compared) {
      this.matrix.add(step.predicted, step.actual);
      const kind = wrongness(step, false);
      if (kind) wrong.push(`${label}, ${kind}: ${describeStep(step)}`);
      else if (step.predicted === 'may rebuild' && process.env.STRATA_DOUBTS)
        console.log(`${label}, doubt: ${describeStep(step)}`);
    }
    return wrong;
  }
}
