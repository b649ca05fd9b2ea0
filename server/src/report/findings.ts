/** Diagnostics: problems of the text, and what costs bytes or rebuilds on this very file. */
import { stepLine } from '../build/step-line';
import type { BuildStage, BuildStep, CopyOperation } from '../build/types';
import { parseIgnoreFile } from '../context/ignore-file';
import type { ContextSnapshot } from '../context/types';
import type { Problem, Range } from '../dockerfile/types';
import { t } from '../localize';
import { formatBytes } from '../size/format';
import type { Facts } from './facts';
import type { FindingCode } from './finding-rules';
import { findingRules } from './finding-rules';
import type { Finding, Refactoring } from './types';
import type { Understanding } from './understanding';

/** Names that hardly ever belong into an image. */
const needlessNames = ['.git', 'node_modules', '.venv', '__pycache__', '.svn', '.hg'];

/** Commands that install what manifests name; they need the manifests only, not the source. */
const installCommand =
  /\b(npm (?:ci|install|i)|yarn(?: install)?(?= *(?:$|[&;|-]))|pnpm (?:install|i)|bun install|pip3? install|poetry install|uv sync|bundle install|composer install|go mod download|dotnet restore|mvn dependency:\S+|cargo fetch)\b/;

function finding(code: FindingCode, message: string, range: Range, fixes: readonly string[] = []): Finding {
  const { severity, link } = findingRules[code];
  return { code, severity, message, range, link, ...(fixes.length === 0 ? {} : { fixes }) };
}

function fromProblem(problem: Problem): Finding {
  return {
    code: problem.code,
    severity: problem.severity,
    message: t(problem.message, ...problem.parameters),
    range: problem.range,
  };
}

interface PlacedStep {
  readonly stage: BuildStage;
  readonly step: BuildStep;
}

function contextCopies(understanding: Understanding): readonly (PlacedStep & { readonly operation: CopyOperation })[] {
  return understanding.graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      const { operation } = step;
      const reads = operation.kind === 'copy' && operation.origin.kind === 'context';
      return reads && step.needed && step.origin.kind === 'own' ? [{ stage, step, operation }] : [];
    }),
  );
}

function contextFindings(understanding: Understanding, facts: Facts): readonly Finding[] {
  const copies = contextCopies(understanding);
  const first = copies.find(({ operation }) => operation.sources.some((source) => source.kind === 'path'));
  if (first === undefined) return [];
  if (facts.context.state === 'unavailable') {
    return [finding('context-unavailable', facts.context.reason, first.step.instruction.range)];
  }
  if (facts.context.state === 'pending') return [];
  const { ignoreFile } = facts.context;
  return parseIgnoreFile(ignoreFile.text).problems.map((problem) =>
    finding(
      'ignore-pattern',
      t(
        'Line {0} of {1}: {2}',
        problem.range.start.line + 1,
        ignoreFile.path ?? '.dockerignore',
        t(problem.message, ...problem.parameters),
      ),
      first.step.instruction.range,
    ),
  );
}

function needlessIn(
  operation: CopyOperation,
  snapshot: ContextSnapshot,
): readonly { readonly name: string; readonly bytes: number }[] {
  return operation.sources.flatMap((source) => {
    if (source.kind !== 'path' || source.wildcard) return [];
    return needlessNames.flatMap((name) => {
      const path = source.path === '' ? name : `${source.path}/${name}`;
      const entry = snapshot.entry(path);
      if (entry?.type !== 'directory') return [];
      const { bytes } = snapshot.totalsOf(path);
      return bytes > 0 ? [{ name: path, bytes }] : [];
    });
  });
}

function copyFindings(understanding: Understanding, facts: Facts): readonly Finding[] {
  const snapshot = facts.context.state === 'ready' ? facts.context.snapshot : undefined;
  return contextCopies(understanding).flatMap(({ stage, step, operation }) => {
    const found: Finding[] = [];
    const { range } = step.instruction;
    const size = understanding.sizes.of(stage.index, step.index);
    const missing = size?.match?.missing ?? [];
    if (missing.length > 0) {
      const names = missing.join(', ');
      found.push(
        finding(
          'copy-source-missing',
          t(
            '{0} is not in the build context, or is ignored: the build fails here. Correct the path or the ignore file.',
            names,
          ),
          range,
        ),
      );
    }
    const malformed = size?.match?.badPatterns ?? [];
    if (malformed.length > 0) {
      const names = malformed.join(', ');
      found.push(
        finding('copy-pattern-malformed', t('The pattern {0} is malformed: the build fails here.', names), range),
      );
    }
    for (const { name, bytes } of snapshot === undefined || operation.exclude.length > 0
      ? []
      : needlessIn(operation, snapshot)) {
      found.push(
        finding(
          'needless-files',
          t('{0} is copied into the image: {1}. A line {0} in .dockerignore keeps it out.', name, formatBytes(bytes)),
          range,
        ),
      );
    }
    if (size?.wasted?.bytes !== undefined && size.wasted.bytes !== null && size.wasted.bytes >= 1_000) {
      found.push(
        finding(
          'copied-twice',
          t(
            '{0} of this layer is written again in line {1} and stays in the image twice.',
            formatBytes(size.wasted.bytes),
            size.hiddenBy.join(', '),
          ),
          range,
        ),
      );
    }
    return found;
  });
}

/** A whole folder of source is copied before an install: each change of the source installs again. */
function orderFindings(understanding: Understanding, refactorings: readonly Refactoring[]): readonly Finding[] {
  const copies = contextCopies(understanding);
  return copies.flatMap(({ stage, step, operation }) => {
    const size = understanding.sizes.of(stage.index, step.index);
    const whole = operation.sources.some((source) => source.kind === 'path' && source.path === '');
    if (!whole || size?.match === undefined) return [];
    const install = stage.steps.find(
      (later) =>
        later.index > step.index &&
        later.operation.kind === 'execute' &&
        later.operation.command.form === 'shell' &&
        installCommand.test(later.operation.command.script),
    );
    const command = install?.operation.kind === 'execute' ? install.operation.command : undefined;
    if (install === undefined || command?.form !== 'shell') return [];
    const [name = ''] = installCommand.exec(command.script) ?? [];
    const fixes = refactorings.filter((offer) => offer.id.startsWith('split-')).map((offer) => offer.id);
    const message = t(
      'Each change of any file copied here runs "{0}" in line {1} again. Copy the manifests and lock file first, install, then copy the rest.',
      name,
      stepLine(stage, install),
    );
    return [finding('source-before-install', message, step.instruction.range, fixes)];
  });
}

/** All diagnostics of the report, in the order of the file. */
export function findings(
  understanding: Understanding,
  facts: Facts,
  refactorings: readonly Refactoring[],
): readonly Finding[] {
  const { dockerfile, graph } = understanding;
  const all = [
    ...dockerfile.problems.map(fromProblem),
    ...graph.problems.map(fromProblem),
    ...contextFindings(understanding, facts),
    ...copyFindings(understanding, facts),
    ...orderFindings(understanding, refactorings),
  ];
  return all.toSorted((left, right) => left.range.start.line - right.range.start.line);
}
