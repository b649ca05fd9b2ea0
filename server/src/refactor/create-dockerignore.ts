/**
 * Creates a `.dockerignore` that keeps out of the image what it hardly needs (version control, installed packages, build outputs, reports)
 * and what is usually kept secret.
 *
 * Before: no ignore file, `COPY . .` takes `.git` (12 MB) and `node_modules` (80 MB), which the image installs anew.
 * After: `.dockerignore` with the lines `.git` and `node_modules`.
 */
import { t } from '../localize';
import { ignorablePaths, ignoreLine, ignoring, inBrief } from './ignorable-paths';
import type { RefactoringRule } from './types';

const id = 'create-dockerignore';

/** Offered where there is no ignore file yet and a COPY takes what does not belong into an image. */
export const createDockerignore: RefactoringRule = {
  id,
  offer(context) {
    const nothing = { refactorings: [], refusals: [] };
    const { context: facts } = context;
    if (facts.state !== 'ready' || facts.ignoreFile.path !== undefined) return nothing;
    const found = ignorablePaths(context, (path) => ignoreLine(path) !== undefined);
    if (found === undefined) return nothing;
    const lines = found.paths.flatMap((path) => ignoreLine(path) ?? []);
    return {
      refactorings: [
        ignoring(context, found, {
          id: `${id}:${found.steps[0].line}`,
          title: t('Create .dockerignore with {0}', inBrief(found.paths)),
          files: [{ path: '.dockerignore', text: `${lines.join('\n')}\n` }],
        }),
      ],
      refusals: [],
    };
  },
};
