/** A Dockerfile between two refactorings: its text, what is known around it, and what is made of both. */

import { applyEdits } from '../../../server/src/refactor';
import { analyse } from '../../../server/src/report/analyse';
import type { Facts } from '../../../server/src/report/facts';
import type { Refactoring, Report } from '../../../server/src/report/types';
import { type Understanding, understand } from '../../../server/src/report/understanding';
import { INPUTS } from '../../corpus/facts';
import { type ContextFiles, factsOf, type Scene } from './scene';

export interface Moment {
  readonly text: string;
  readonly files: ContextFiles;
  readonly indexed: boolean;
  readonly facts: Facts;
  readonly report: Report;
  /** Made when it is asked for, apart from the report. */
  readonly understanding: Understanding;
}

function momentOf(text: string, files: ContextFiles, indexed: boolean, facts: Facts): Moment {
  let understanding: Understanding | undefined;
  return {
    text,
    files,
    indexed,
    facts,
    report: analyse(text, INPUTS, facts).report,
    get understanding(): Understanding {
      understanding ??= understand(text, INPUTS, facts);
      return understanding;
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
