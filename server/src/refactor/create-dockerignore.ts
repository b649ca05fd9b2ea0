/**
 * Creates a `.dockerignore` that keeps out of the image what it hardly needs (version control, installed packages, build outputs, reports)
 * and what is usually kept secret.
 *
 * Before: no ignore file, `COPY . .` takes `.git` (12 MB) and `node_modules` (80 MB), which the image installs anew.
 * After: `.dockerignore` with the lines `.git` and `node_modules`.
 */
import { imageStages } from '../build/image-stages';
import { stepLine } from '../build/step-line';
import { needlessPaths } from '../context/needless-files';
import { secretPaths } from '../context/secret-files';
import { t } from '../localize';
import type { RefactorContext, RefactoringRule } from './types';

const id = 'create-dockerignore';

interface Taken {
  readonly line: number;
  readonly endLine: number;
  readonly paths: readonly string[];
  /** Bytes that leave the image, which holds the layers of this stage. */
  readonly saved: number;
}

function takenPaths(context: RefactorContext): readonly Taken[] {
  if (context.context.state !== 'ready') return [];
  const { snapshot } = context.context;
  const inImage = imageStages(context.graph);
  return context.graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step): Taken[] => {
      if (!step.needed || step.operation.kind !== 'copy' || step.origin.kind !== 'own') return [];
      const needless = needlessPaths(context.graph, stage, step, snapshot);
      const secrets = secretPaths(step.operation, snapshot, context.readContextFile);
      const paths = [...needless.map(({ path }) => path), ...secrets.map(({ path }) => path)];
      if (paths.length === 0) return [];
      const bytes = paths.reduce((total, path) => total + snapshot.totalsOf(path).bytes, 0);
      return [
        {
          line: stepLine(stage, step),
          endLine: step.instruction.range.end.line + 1,
          paths,
          saved: inImage.has(stage.index) ? bytes : 0,
        },
      ];
    }),
  );
}

/** Paths that a title names before it only counts them. */
const named = 3;

function inBrief(paths: readonly string[]): string {
  const more = paths.length - named;
  const shown = paths.slice(0, named).join(', ');
  return more > 0 ? `${shown} ${t('and {0} more', more)}` : shown;
}

/** The path as a line of an ignore file that matches it and nothing else. */
function ignoreLine(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&').replace(/^[#!]/, '\\$&');
}

/** Offered where there is no ignore file yet and a COPY takes what does not belong into an image. */
export const createDockerignore: RefactoringRule = {
  id,
  offer(context) {
    const { context: facts } = context;
    const hasIgnoreFile = facts.state === 'ready' && facts.ignoreFile.path !== undefined;
    const taken = hasIgnoreFile ? [] : takenPaths(context);
    const [first] = taken;
    if (first === undefined) return { refactorings: [], refusals: [] };
    const paths = [...new Set(taken.flatMap((each) => each.paths))];
    const saved = taken.reduce((total, each) => total + each.saved, 0);
    return {
      refactorings: [
        {
          id: `${id}:${first.line}`,
          title: t('Create .dockerignore with {0}', inBrief(paths)),
          kind: 'quickfix',
          line: first.line,
          endLine: first.endLine,
          effect: {
            bytes: { low: -saved, high: -saved },
            layers: 0,
            cache: t('A change below {0} reruns nothing any more.', inBrief(paths)),
          },
          changesBehaviour: true,
          caution: t('The build no longer sees {0}: a command that reads it finds nothing there.', paths.join(', ')),
          edits: [],
          files: [{ path: '.dockerignore', text: `${paths.map(ignoreLine).join('\n')}\n` }],
        },
      ],
      refusals: [],
    };
  },
};
