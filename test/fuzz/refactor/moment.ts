/** A Dockerfile between two refactorings: its text, what is known around it, and what is made of both. */

import { buildGraph } from '../../../server/src/build/graph';
import type { BuildGraph } from '../../../server/src/build/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { Dockerfile } from '../../../server/src/dockerfile/types';
import { applyEdits } from '../../../server/src/refactor';
import { analyse } from '../../../server/src/report/analyse';
import type { Facts } from '../../../server/src/report/facts';
import type { Refactoring, Report } from '../../../server/src/report/types';
import { buildInputs, knownImage, sizesOf } from '../../../server/src/report/understanding';
import type { StepSizes } from '../../../server/src/size/step-size';
import { INPUTS } from '../../corpus/facts';
import { type ContextFiles, factsOf, type Scene } from './scene';

export interface Moment {
  readonly text: string;
  readonly files: ContextFiles;
  readonly indexed: boolean;
  readonly facts: Facts;
  readonly report: Report;
  readonly dockerfile: Dockerfile;
  /** Made apart from the report, as are the sizes; both when they are asked for. */
  readonly graph: BuildGraph;
  readonly sizes: StepSizes;
}

function momentOf(text: string, files: ContextFiles, indexed: boolean, facts: Facts): Moment {
  const dockerfile = parseDockerfile(text);
  let graph: BuildGraph | undefined;
  let sizes: StepSizes | undefined;
  return {
    text,
    files,
    indexed,
    facts,
    report: analyse(text, INPUTS, facts).report,
    dockerfile,
    get graph(): BuildGraph {
      graph ??= buildGraph(dockerfile, buildInputs(INPUTS), (reference) => knownImage(facts, reference)?.configuration);
      return graph;
    },
    get sizes(): StepSizes {
      sizes ??= sizesOf(this.graph, facts);
      return sizes;
    },
  };
}

/** The text of a scene as it is. Throws what the analysis throws. */
export function firstMoment({ text, files, indexed }: Scene): Moment {
  return momentOf(text, files, indexed, factsOf(files, indexed));
}

/**
 * The moment after a refactoring, analysed anew: nothing of the moment before enters it but the context's files.
 * @throws EditMismatch when the edits are none of this text
 */
export function momentAfter({ text, files, indexed, facts }: Moment, { edits, files: made }: Refactoring): Moment {
  const edited = applyEdits(text, edits);
  if (made === undefined) return momentOf(edited, files, indexed, facts);
  const written = { ...files, ...Object.fromEntries(made.map((file) => [file.path, file.text])) };
  return momentOf(edited, written, indexed, factsOf(written, indexed));
}
