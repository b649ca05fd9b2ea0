/**
 * Adds to the ignore file that holds for the build (`NAME.dockerignore` beside the Dockerfile before the context's `.dockerignore`) what a
 * COPY takes and no stage needs. The lines go to the end, where the last word is, in the line endings of the file; nothing else changes.
 *
 * Before: `.dockerignore` with the line `*.log`, `COPY . .` takes `.git` (12 MB) and `node_modules` (80 MB), which the image installs anew.
 * After: `.dockerignore` with the lines `*.log`, `node_modules` and `.git`.
 */
import { type IgnoreFile, parseIgnoreFile, verdictOn } from '../context/ignore-file';
import type { IgnorePattern } from '../context/ignore-pattern';
import { baseName } from '../context/paths';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import { ignorablePaths, ignoreLine, ignoring, inBrief } from './ignorable-paths';
import type { Offers, RefactoringRule } from './types';

const id = 'extend-dockerignore';

/** Longer ignore files are not read whole, so nobody knows where they end. */
const longest = 1 << 20;

/** Offered where an ignore file holds and a COPY still takes what does not belong into an image. */
export const extendDockerignore: RefactoringRule = {
  id,
  offer(context): Offers {
    const nothing: Offers = { refactorings: [], refusals: [] };
    const { context: facts } = context;
    if (facts.state !== 'ready' || facts.ignoreFile.path === undefined) return nothing;
    const { path: file, text } = facts.ignoreFile;
    const read = parseIgnoreFile(text);
    const found = ignorablePaths(
      context,
      (path) => ignoreLine(path) !== undefined && !keepsOnPurpose(read, path, facts.snapshot),
    );
    if (found === undefined || text.length >= longest) return nothing;
    const [first] = found.steps;
    const title = t('Add {0} to {1}', inBrief(found.paths), baseName(file));
    const [problem] = read.problems;
    if (problem !== undefined) {
      const reason = t(
        'Not offered: line {0} of {1} has a mistake. Correct it first.',
        problem.range.start.line + 1,
        file,
      );
      const range = {
        start: { line: first.line - 1, character: 0 },
        end: { line: first.endLine, character: 0 },
      };
      return { refactorings: [], refusals: [{ rule: id, range, title, reason }] };
    }
    const extended = withLines(
      text,
      found.paths.flatMap((path) => ignoreLine(path) ?? []),
    );
    const after = parseIgnoreFile(extended);
    if (!found.paths.every((path) => verdictOn(after, path).ignored)) return nothing;
    return {
      refactorings: [
        ignoring(context, found, {
          id: `${id}:${first.line}`,
          title,
          files: [{ path: file, text: extended, before: text }],
        }),
      ],
      refusals: [],
    };
  },
};

/** Lines at the end of a text, with its line endings, and a final one where it has one. */
function withLines(text: string, lines: readonly string[]): string {
  const ending = /\r\n/.test(text) ? '\r\n' : '\n';
  const added = lines.join(ending);
  if (text === '' || text === '\ufeff') return `${text}${added}\n`;
  return text.endsWith('\n') ? `${text}${added}${ending}` : `${text}${ending}${added}`;
}

/** Entries below a folder that are held against a pattern before nobody waits any longer. */
const mostLookedAt = 20_000;

/** Whether a `!` line is there for this very path or for something in it; one for a folder above means no single path. */
function keepsOnPurpose({ rules }: IgnoreFile, path: string, snapshot: ContextSnapshot): boolean {
  const kept = rules.map(({ pattern }) => pattern).filter(({ negated }) => negated);
  return kept.length > 0 && (kept.some((each) => each.matches(path)) || keepsBelow(kept, path, snapshot));
}

function keepsBelow(kept: readonly IgnorePattern[], folder: string, snapshot: ContextSnapshot): boolean {
  const telling = kept.filter(({ text }) => {
    const fixed = text.replace(/(?:^|\/)[^/]*[*?[\\].*$/s, '');
    return fixed === text
      ? text.startsWith(`${folder}/`)
      : `${fixed}/`.startsWith(`${folder}/`) || reaches(fixed, folder);
  });
  if (telling.length === 0) return false;
  const open = [folder];
  let looked = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of snapshot.children(at)) {
      looked += 1;
      if (looked > mostLookedAt || telling.some((each) => each.matches(child.path))) return true;
      if (child.type === 'directory') open.push(child.path);
    }
  }
  return false;
}

/** Whether a pattern that is fixed up to a folder may match something in another one. */
function reaches(fixed: string, folder: string): boolean {
  return fixed === '' || folder === fixed || folder.startsWith(`${fixed}/`);
}
