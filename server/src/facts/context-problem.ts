/** What can be wrong with a context or something in it, as it travels between threads; sentences are made where people read. */
import { t } from '../localize';

export type ContextProblem =
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-a-directory' }
  | { readonly kind: 'no-permission' }
  | { readonly kind: 'too-many-entries'; readonly limit: number }
  /** The name on disk is no UTF-8, so that the file can't be opened by it. */
  | { readonly kind: 'undecodable-name' }
  | { readonly kind: 'changes-while-read' }
  | { readonly kind: 'vanished' }
  /** Any other answer of the operating system, by its code. */
  | { readonly kind: 'failed'; readonly code: string };

export interface PathProblem {
  /** Context path. */
  readonly path: string;
  readonly problem: ContextProblem;
}

/** The problem that an exception of `node:fs` stands for. */
export function problemOf(error: unknown): ContextProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'no-permission' };
  if (code === 'ENOENT') return { kind: 'vanished' };
  if (code === 'ENOTDIR') return { kind: 'not-a-directory' };
  return { kind: 'failed', code };
}

/** The sentence for something in the context. */
export function describeProblem(path: string, problem: ContextProblem): string {
  switch (problem.kind) {
    case 'missing':
    case 'vanished':
      return t('{0} does not exist any more.', path);
    case 'not-a-directory':
      return t('{0} is not a folder.', path);
    case 'no-permission':
      return t('{0} can’t be read: permission denied.', path);
    case 'too-many-entries':
      return t('{0} holds more than {1} files.', path, problem.limit);
    case 'undecodable-name':
      return t('The name of {0} is not UTF-8.', path);
    case 'changes-while-read':
      return t('{0} changes while it is being read.', path);
    case 'failed':
      return t('{0} can’t be read: {1}.', path, problem.code);
    default:
      return problem satisfies never;
  }
}

/** The sentence for a context that can't be had at all, with the way out. */
export function describeContextProblem(path: string, problem: ContextProblem): string {
  switch (problem.kind) {
    case 'missing':
    case 'vanished':
      return t('The build context {0} does not exist. Choose another folder.', path);
    case 'not-a-directory':
      return t('The build context {0} is not a folder. Choose a folder.', path);
    case 'no-permission':
      return t('The build context {0} can’t be read: permission denied.', path);
    case 'too-many-entries':
      return t(
        'The build context {0} holds more than {1} files. Ignore some in .dockerignore or choose another folder.',
        path,
        problem.limit,
      );
    case 'undecodable-name':
    case 'changes-while-read':
      return describeProblem(path, problem);
    case 'failed':
      return t('The build context {0} can’t be read: {1}.', path, problem.code);
    default:
      return problem satisfies never;
  }
}
