/** What the build takes of its context, put into the report's words. */
import { imageStages } from '../build/image-stages';
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import { contextSelections } from '../cache/record';
import { sentWeight, untakenWeight, type Weight } from '../context/context-weight';
import { needlessPaths } from '../context/needless-files';
import { carriedByLine, secretPaths } from '../context/secret-files';
import type { ContextSnapshot, Selection } from '../context/types';
import { t } from '../localize';
import type { FactRequest, Facts } from './facts';
import type { ContextWeight, NeedlessPath, SecretPath, SentPaths } from './types';
import type { Understanding } from './understanding';
import { contextText, knownImage } from './understanding';

/** Files of one build whose content is looked at to tell whether they hold a secret. */
const mostLookedAt = 50;

interface Weighed {
  readonly weight: ContextWeight;
  /** Files to be read first to tell whether they hold a secret. */
  readonly needs: readonly FactRequest[];
}

/** What the target's build takes of its context; undefined while that is not indexed. */
export function weighContext({ graph }: Understanding, facts: Facts): Weighed | undefined {
  if (facts.context.state !== 'ready') return undefined;
  const { snapshot } = facts.context;
  const needs: FactRequest[] = [];
  const selections = contextSelections(graph);
  const copies = contextCopies(graph);
  return {
    weight: {
      whole: { bytes: snapshot.totals.bytes, files: snapshot.totals.files },
      sent: sentPaths(sentWeight(snapshot, selections)),
      ...unusedPaths(graph, facts, snapshot, selections),
      needless: copies.flatMap((copy) => needlessOf(graph, copy, snapshot)),
      secrets: copies.flatMap((copy) => secretsOf(graph, copy, snapshot, readerOf(facts, needs))),
    },
    needs,
  };
}

interface Copy {
  readonly stage: BuildStage;
  readonly step: BuildStep;
  readonly inImage: boolean;
}

/** Steps that copy from the build context, ONBUILD's too. */
function contextCopies(graph: BuildGraph): readonly Copy[] {
  const image = imageStages(graph);
  return graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) =>
      step.needed && step.operation.kind === 'copy' && step.operation.origin.kind === 'context'
        ? [{ stage, step, inImage: image.has(stage.index) }]
        : [],
    ),
  );
}

function readerOf(facts: Facts, needs: FactRequest[]): (path: string) => string | undefined | 'pending' {
  let looked = 0;
  return (path) => {
    looked += 1;
    if (looked > mostLookedAt) return undefined;
    const text = contextText(facts, path);
    if (text === 'pending') needs.push({ kind: 'file', path });
    return text;
  };
}

function needlessOf(graph: BuildGraph, { stage, step, inImage }: Copy, snapshot: ContextSnapshot): NeedlessPath[] {
  const line = stepLine(stage, step);
  return needlessPaths(graph, stage, step, snapshot).map((each) => ({ ...each, line, inImage }));
}

function secretsOf(
  graph: BuildGraph,
  { stage, step, inImage }: Copy,
  snapshot: ContextSnapshot,
  contentOf: (path: string) => string | undefined | 'pending',
): SecretPath[] {
  if (step.operation.kind !== 'copy') return [];
  const line = stepLine(stage, step);
  return secretPaths(step.operation, snapshot, contentOf).map(({ path, kind, destination }) => {
    const carriedBy = inImage ? undefined : carriedByLine(graph, stage.index, destination);
    return { path, kind, line, inImage, ...(carriedBy === undefined ? {} : { carriedBy }) };
  });
}

function sentPaths({ bytes, files, largest }: Weight): SentPaths {
  return { bytes, files, largest };
}

/** Unknown where a step that nobody knows of may copy what is left: one of ONBUILD, or one that is not understood. */
function unusedPaths(
  graph: BuildGraph,
  facts: Facts,
  snapshot: ContextSnapshot,
  selections: readonly Selection[],
): Pick<ContextWeight, 'unused' | 'unusedReason'> {
  const untaken = untakenWeight(snapshot, selections);
  const reason = untaken.bytes === 0 ? undefined : doubtOf(graph, facts);
  return reason === undefined ? { unused: sentPaths(untaken) } : { unused: null, unusedReason: reason };
}

function doubtOf(graph: BuildGraph, facts: Facts): string | undefined {
  const unread = graph.images.find((reference) => knownImage(facts, reference)?.configuration === undefined);
  if (unread !== undefined) return t('Whether {0} has ONBUILD instructions that copy files is not known.', unread);
  for (const stage of graph.stages) {
    const step = stage.steps.find(({ needed, operation }) => needed && operation.kind === 'unknown');
    if (step !== undefined) return t('Line {0} is not understood.', stepLine(stage, step));
  }
  return undefined;
}
