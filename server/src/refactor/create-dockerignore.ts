/**
 * Creates a `.dockerignore` that keeps version control and installed packages out of the image.
 *
 * Before: no ignore file, `COPY . .` takes `.git` (12 MB) and `node_modules` (80 MB), which the image installs anew.
 * After: `.dockerignore` with the lines `.git` and `node_modules`.
 */
import { stepLine } from '../build/step-line';
import { needlessFolders } from '../context/needless-files';
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

/** Stages whose layers the image has: the target and the stages it stands on. */
function imageStages(context: RefactorContext): ReadonlySet<number> {
  const { stages, target } = context.graph;
  const found = new Set<number>();
  let stage = target === undefined ? undefined : stages[target];
  while (stage !== undefined && !found.has(stage.index)) {
    found.add(stage.index);
    stage = stage.base.kind === 'stage' ? stages[stage.base.stage] : undefined;
  }
  return found;
}

function takenFolders(context: RefactorContext): readonly Taken[] {
  if (context.context.state !== 'ready') return [];
  const { snapshot } = context.context;
  const inImage = imageStages(context);
  return context.graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step): Taken[] => {
      if (!step.needed || step.operation.kind !== 'copy' || step.origin.kind !== 'own') return [];
      const folders = needlessFolders(stage, step.operation, snapshot);
      if (folders.length === 0) return [];
      const bytes = folders.reduce((total, folder) => total + folder.bytes, 0);
      return [
        {
          line: stepLine(stage, step),
          endLine: step.instruction.range.end.line + 1,
          paths: folders.map((folder) => folder.path),
          saved: inImage.has(stage.index) ? bytes : 0,
        },
      ];
    }),
  );
}

/** Offered where there is no ignore file yet and a COPY takes what does not belong into an image. */
export const createDockerignore: RefactoringRule = {
  id,
  offer(context) {
    const { context: facts } = context;
    const hasIgnoreFile = facts.state === 'ready' && facts.ignoreFile.path !== undefined;
    const taken = hasIgnoreFile ? [] : takenFolders(context);
    const [first] = taken;
    if (first === undefined) return { refactorings: [], refusals: [] };
    const paths = [...new Set(taken.flatMap((each) => each.paths))];
    const saved = taken.reduce((total, each) => total + each.saved, 0);
    return {
      refactorings: [
        {
          id: `${id}:${first.line}`,
          title: t('Create .dockerignore with {0}', paths.join(', ')),
          kind: 'quickfix',
          line: first.line,
          endLine: first.endLine,
          effect: {
            bytes: { low: -saved, high: -saved },
            layers: 0,
            cache: t('A change below {0} reruns nothing any more.', paths.join(', ')),
          },
          changesBehaviour: true,
          caution: t('The build no longer sees {0}: a command that reads it finds nothing there.', paths.join(', ')),
          edits: [],
          files: [{ path: '.dockerignore', text: `${paths.join('\n')}\n` }],
        },
      ],
      refusals: [],
    };
  },
};
