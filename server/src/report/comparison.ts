/** The past builds that a prediction is held against, made ready for comparing. */
import type { ContentsStandIn } from '../cache/keys';
import { builtContext, contextSelections, knowsContext, selectionIdentity } from '../cache/record';
import type { ComparedBuild } from '../cache/record-index';
import type { Baseline, BuildRecord } from '../cache/types';
import { selectSources } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import { unnoticedChanges } from '../context/unnoticed-changes';
import { t } from '../localize';
import { compareWithCommit } from './commit-comparison';
import { type Comparison, type ComparisonParts, changedPathsFor, noFragments, selectionsOf } from './comparison-parts';
import { PresentKeys, type Relation } from './present-keys';
import { changedBases, configurationsAgainst, imagesAgainst } from './recorded-bases';
import { readableDate } from './words';

export type { Comparison } from './comparison-parts';

function standInsAgainst(
  record: BuildRecord,
  unnoticed: ReadonlyMap<string, ContentsStandIn>,
): ReadonlyMap<string, ContentsStandIn> {
  const unseen = (record.contents ?? []).filter(({ digest }) => digest === null);
  if (unseen.length === 0) return unnoticed;
  const standIns = new Map(unnoticed);
  for (const { selection } of unseen) {
    const now = unnoticed.get(selection);
    standIns.set(selection, now?.kind === 'unnoticed' ? { kind: now.kind, paths: now.paths } : { kind: 'open' });
  }
  return standIns;
}

const noUnnoticed: ReadonlyMap<string, ContentsStandIn> = new Map();

/** What the builder may not notice, as it compares the context with what it still has of the newest build (fsutil/diskwriter.go). */
function unnoticedSince(record: BuildRecord | undefined, parts: ComparisonParts): ReadonlyMap<string, ContentsStandIn> {
  const { context } = parts;
  // What is assumed to be as a build saw it differs in nothing.
  if (record === undefined || context.state !== 'ready' || context.assumed !== undefined) return noUnnoticed;
  const { tree, builtAt, unsure } = builtContext(record);
  const found = new Map<string, ContentsStandIn>();
  for (const selection of contextSelections(parts.graph)) {
    const identity = selectionIdentity(selection);
    if (found.has(identity)) continue;
    const changes = unnoticedChanges(context.snapshot, selection, tree, builtAt, unsure);
    if (changes.kind === 'none') continue;
    const { paths, digests } = changes;
    const digest = digests.at(-1);
    found.set(identity, { kind: 'unnoticed', paths, ...(digest === undefined ? {} : { digest }) });
  }
  return found.size === 0 ? noUnnoticed : found;
}

/** Why a step of the present has open contents against a record. */
function openContentsOf(
  parts: ComparisonParts,
  relation: Relation,
  record: BuildRecord,
): ComparedBuild['openContents'] {
  const recorded = new Map((record.contents ?? []).map((contents) => [contents.selection, contents]));
  return (stage, step) => {
    for (const selection of selectionsOf(parts.graph, stage, step)) {
      const identity = selectionIdentity(selection);
      const standIn = relation.standIns.get(identity);
      if (standIn?.kind === 'unnoticed') return { kind: 'unnoticed', paths: standIn.paths };
      if (standIn?.kind !== 'open') continue;
      const { unseen: paths = [], unnoticed } = recorded.get(identity) ?? {};
      return unnoticed === true ? { kind: 'unnoticed', paths } : { kind: 'unseen', paths, at: readableDate(record.at) };
    }
    return undefined;
  };
}

/**
 * Bytes of a single file, which are all that the layer of its COPY holds. Of several files one may replace another; what ADD unpacks is not
 * counted file by file.
 */
function copiedBytes(parts: ComparisonParts, stage: number, step: number): number | undefined {
  const operation = parts.graph.stages[stage]?.steps[step]?.operation;
  if (parts.context.state !== 'ready' || operation?.kind !== 'copy' || operation.sources.length !== 1) return undefined;
  const [selection] = contextSelectionsOf(operation);
  if (selection === undefined || selection.unpack || selection.sources.some(({ wildcard }) => wildcard))
    return undefined;
  const [root, ...others] = selectSources(parts.context.snapshot, selection).roots;
  return others.length === 0 && root?.entry.type === 'file' ? root.entry.size : undefined;
}

function compareWithRecords(
  parts: ComparisonParts,
  records: readonly BuildRecord[],
  engine: Pick<Extract<Baseline, { readonly kind: 'engine' }>, 'results' | 'fragments' | 'options'> | undefined,
): Comparison {
  const present = new PresentKeys(parts, 'sha256', engine?.options);
  const sorted = records
    .filter((record) => record.scheme === 'sha256' && record.platform === parts.graph.platform)
    .toSorted((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0));
  const unnoticed = unnoticedSince(sorted.find(knowsContext), parts);
  const builds = sorted.map((record): ComparedBuild => {
    const relation: Relation = {
      configurations: configurationsAgainst(record, parts),
      images: imagesAgainst(record, parts),
      standIns: standInsAgainst(record, unnoticed),
    };
    return {
      record,
      sentence:
        engine === undefined
          ? t('Same inputs as in the build recorded {0}.', readableDate(record.at))
          : t('Same inputs as in the build of {0}.', readableDate(record.at)),
      keys: present.against(relation),
      changedPaths: changedPathsFor(parts, 'sha256', () => record.tree),
      changedBases: changedBases(record, relation, parts),
      openContents: openContentsOf(parts, relation, record),
      copiedBytes: (stage, step) => copiedBytes(parts, stage, step),
    };
  });
  return {
    builds,
    scheme: 'sha256',
    pending: present.pending,
    held: engine?.results ?? { kind: 'assumed' },
    fragments: engine?.fragments ?? noFragments,
  };
}

/** The comparison for the baseline; undefined when there is nothing to compare with, or not yet. */
export function compareWith(parts: ComparisonParts): Comparison | undefined {
  const { baseline } = parts;
  switch (baseline.kind) {
    case 'pending':
    case 'none':
      return undefined;
    case 'record':
      return compareWithRecords(parts, baseline.builds, undefined);
    case 'engine':
      return compareWithRecords(parts, baseline.builds, baseline);
    case 'git':
      return compareWithCommit(parts, baseline);
  }
}
