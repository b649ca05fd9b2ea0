/** Diagnostics: problems of the text, and what costs bytes or rebuilds on this very file. */
import { imageStages } from '../build/image-stages';
import type { BuildStage, BuildStep, CopyOperation } from '../build/types';
import { parseIgnoreFile } from '../context/ignore-file';
import { selectSources } from '../context/select';
import { bindSelection } from '../context/selection';
import type { Problem, Range } from '../dockerfile/types';
import { parseReference } from '../images/reference';
import { t } from '../localize';
import { formatSpan } from '../size/format';
import { cleaningFindings, savingFixes } from './cleaning-findings';
import type { Facts } from './facts';
import { finding } from './finding-rules';
import { orderFindings } from './order-findings';
import type { ContextWeight, Finding, Refactoring, Stage } from './types';
import type { Understanding } from './understanding';
import { weightFindings } from './weight-findings';

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

function missingSources(missing: readonly string[], range: Range): Finding {
  const message = t(
    '{0} is not in the build context, or is ignored: the build fails here. Correct the path or the ignore file.',
    missing.join(', '),
  );
  return finding('copy-source-missing', message, range);
}

function copyFindings(understanding: Understanding): readonly Finding[] {
  return contextCopies(understanding).flatMap(({ stage, step }) => {
    const found: Finding[] = [];
    const { range } = step.instruction;
    const size = understanding.sizes.of(stage.index, step.index);
    const missing = size?.match?.missing ?? [];
    if (missing.length > 0) found.push(missingSources(missing, range));
    const malformed = size?.match?.badPatterns ?? [];
    if (malformed.length > 0) {
      const names = malformed.join(', ');
      found.push(
        finding('copy-pattern-malformed', t('The pattern {0} is malformed: the build fails here.', names), range),
      );
    }
    return found;
  });
}

/** Less than this of what a command leaves is worth no diagnostic: package managers rewrite their small files at each call. */
const noticeableWaste = 1_000_000;
/** Of what COPY puts there, which people look after file by file. */
const noticeableCopies = 100_000;

/** Bytes that a later line deletes or writes again, and that stay in the image. */
function wasteFindings(understanding: Understanding, refactorings: readonly Refactoring[]): readonly Finding[] {
  // Another stage's layers are not in the image, so nothing of them stays in it.
  const image = imageStages(understanding.graph);
  return understanding.graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      if (!image.has(stage.index) || step.origin.kind !== 'own') return [];
      const least = step.operation.kind === 'copy' ? noticeableCopies : noticeableWaste;
      const hidden = understanding.sizes.of(stage.index, step.index)?.hidden ?? [];
      return hidden.flatMap(({ how, size, lines }) => {
        if (size.bytes === null || size.bytes < least) return [];
        const bytes = formatSpan({ ...size, evidence: [] });
        return how === 'replaced'
          ? finding(
              'copied-twice',
              t(
                '{0} of this layer is written again in line {1} and stays in the image twice.',
                bytes,
                lines.join(', '),
              ),
              step.instruction.range,
            )
          : finding(
              'deleted-later',
              t(
                '{0} of this layer is deleted in line {1} and stays in the image all the same. Delete it in the step that writes it, or do not write it.',
                bytes,
                lines.join(', '),
              ),
              step.instruction.range,
              savingFixes(refactorings, step.instruction.range, lines),
            );
      });
    }),
  );
}

/** Names after FROM that no image can have. */
function imageFindings(understanding: Understanding): readonly Finding[] {
  return understanding.graph.stages.flatMap(({ base, instruction }) => {
    if (base.kind !== 'image' || parseReference(base.reference).kind === 'ok') return [];
    const message = t(
      '"{0}" can be no image: write [REGISTRY/]NAME[:TAG][@DIGEST] with the name in small letters.',
      base.reference,
    );
    return [finding('invalid-image', message, instruction.range)];
  });
}

/** Bind mounts of paths that the build context does not have: the build fails there. */
function mountFindings(understanding: Understanding, facts: Facts): readonly Finding[] {
  if (facts.context.state !== 'ready') return [];
  const { snapshot } = facts.context;
  return understanding.graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      if (!step.needed || step.operation.kind !== 'execute' || step.origin.kind !== 'own') return [];
      const sources = step.operation.mounts.flatMap((mount) =>
        mount.type === 'bind' && mount.origin.kind === 'context' ? [mount.source] : [],
      );
      const missing = sources.flatMap((source) => selectSources(snapshot, bindSelection(source)).missing);
      return missing.length === 0 ? [] : [missingSources(missing, step.instruction.range)];
    }),
  );
}

/** All diagnostics of the report, in the order of the file. */
export function findings(
  understanding: Understanding,
  facts: Facts,
  weight: ContextWeight | undefined,
  refactorings: readonly Refactoring[],
  stages: readonly Stage[],
): readonly Finding[] {
  const { dockerfile, graph } = understanding;
  const all = [
    ...dockerfile.problems.map(fromProblem),
    ...graph.problems.map(fromProblem),
    ...imageFindings(understanding),
    ...contextFindings(understanding, facts),
    ...copyFindings(understanding),
    ...(weight === undefined ? [] : weightFindings(understanding, weight, refactorings)),
    ...wasteFindings(understanding, refactorings),
    ...cleaningFindings(understanding, refactorings),
    ...mountFindings(understanding, facts),
    ...orderFindings(understanding, refactorings, stages),
  ];
  return all.toSorted((left, right) => left.range.start.line - right.range.start.line);
}
