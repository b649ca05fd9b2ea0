/** Diagnostics of what COPY takes of the build context and the image hardly needs, of secrets among it, and of what nobody copies. */
import { stepLine } from '../build/step-line';
import { directoriesAbove } from '../context/paths';
import type { Range } from '../dockerfile/types';
import { t } from '../localize';
import { ignoreLine } from '../refactor';
import { formatBytes } from '../size/format';
import { finding, fixesOf } from './finding-rules';
import type { ContextWeight, Finding, NeedlessPath, Refactoring, SecretPath, SentPaths } from './types';
import type { Understanding } from './understanding';
import { secretWord } from './words';

/** Paths that a message names before it only counts them. */
const named = 3;
/** Less than this that is sent for nothing is not worth a diagnostic. */
const noticeable = 1_000_000;

/** One for each COPY and concern, at its line; what nobody copies at the first line that copies from the context. */
export function weightFindings(
  { graph }: Understanding,
  weight: ContextWeight,
  refactorings: readonly Refactoring[],
): readonly Finding[] {
  const ranges = new Map<number, Range>();
  for (const stage of graph.stages) {
    for (const step of stage.steps) {
      const { range } = step.origin.kind === 'onbuild' ? stage.instruction : step.instruction;
      const { operation } = step;
      if (step.needed && operation.kind === 'copy' && operation.origin.kind === 'context')
        ranges.set(stepLine(stage, step), range);
    }
  }
  const found = [...ranges].flatMap(([line, range]) => {
    const needless = weight.needless.filter((each) => each.line === line);
    const secrets = weight.secrets.filter((each) => each.line === line);
    return [
      ...(needless.length === 0
        ? []
        : [finding('needless-files', needlessMessage(needless), range, fixesFor(needless, refactorings))]),
      ...secretMessages(secrets).map((message) =>
        finding('secret-copied', message, range, fixesFor(secrets, refactorings)),
      ),
    ];
  });
  const [first] = ranges.values();
  const { unused } = weight;
  return first === undefined || unused === null || unused.bytes < noticeable
    ? found
    : [...found, finding('context-unused', unusedMessage(unused), first)];
}

/** The refactorings that make an ignore file leave out some of the paths, or add to it. */
function fixesFor(
  paths: readonly { readonly path: string }[],
  refactorings: readonly Refactoring[],
): readonly string[] {
  const ids = [...fixesOf(refactorings, 'create-dockerignore:'), ...fixesOf(refactorings, 'extend-dockerignore:')];
  return ids.filter((id) => {
    const files = refactorings.find((each) => each.id === id)?.files ?? [];
    const lines = files.flatMap(({ text, before = '' }) => text.slice(before.length).split(/\r?\n/));
    return paths.some(({ path }) =>
      [path, ...directoriesAbove(path)].some((each) => lines.includes(ignoreLine(each) ?? '')),
    );
  });
}

function listed(texts: readonly string[]): string {
  const more = texts.length - named;
  const shown = texts.slice(0, named).join(', ');
  return more > 0 ? `${shown} ${t('and {0} more', more)}` : shown;
}

function needlessMessage(needless: readonly NeedlessPath[]): string {
  const bytes = formatBytes(needless.reduce((total, each) => total + each.bytes, 0));
  const inImage = needless.some((each) => each.inImage);
  const [only, second] = needless;
  if (only !== undefined && second === undefined) {
    return inImage
      ? t('{0} is copied into the image: {1}. A line {0} in .dockerignore keeps it out.', only.path, bytes)
      : t(
          '{0} is sent and copied, and the build hardly needs it: {1}. A line {0} in .dockerignore keeps it out.',
          only.path,
          bytes,
        );
  }
  const paths = listed(needless.map((each) => `${each.path} ${formatBytes(each.bytes)}`));
  return inImage
    ? t(
        '{0} of what is copied into the image is hardly needed there: {1}. Lines in .dockerignore keep it out.',
        bytes,
        paths,
      )
    : t('{0} of what is sent and copied here is hardly needed: {1}. Lines in .dockerignore keep it out.', bytes, paths);
}

/** What gets into the image and what stays in a stage are two sentences. */
function secretMessages(secrets: readonly SecretPath[]): readonly string[] {
  const names = (some: readonly SecretPath[]) => listed(some.map(({ path, kind }) => `${path} (${secretWord(kind)})`));
  const image = secrets.filter(({ inImage }) => inImage);
  const staying = secrets.filter(({ inImage, carriedBy }) => !inImage && carriedBy === undefined);
  const carriers = [...new Set(secrets.flatMap(({ carriedBy }) => carriedBy ?? []))];
  return [
    ...(image.length === 0
      ? []
      : [
          t(
            'Likely secrets in the image: {0}. Whoever has the image can read them, even when a later line deletes them. Keep them out with .dockerignore; a build gets secrets by RUN --mount=type=secret.',
            names(image),
          ),
        ]),
    ...carriers.map((line) =>
      t(
        'Likely secrets in this stage: {0}. Line {1} copies their folder into the image. Keep them out with .dockerignore; a build gets secrets by RUN --mount=type=secret.',
        names(secrets.filter(({ carriedBy }) => carriedBy === line)),
        line,
      ),
    ),
    ...(staying.length === 0
      ? []
      : [
          t(
            'Likely secrets in this stage: {0}. They stay in the build cache. Keep them out with .dockerignore; a build gets secrets by RUN --mount=type=secret.',
            names(staying),
          ),
        ]),
  ];
}

function unusedMessage({ bytes, largest }: SentPaths): string {
  return t(
    '{0} of the build context is sent and copied by no line: {1}. --exclude leaves files out of the copy only; lines in .dockerignore keep them from being sent.',
    formatBytes(bytes),
    listed(largest.map(({ path, size }) => `${path} ${formatBytes(size)}`)),
  );
}
