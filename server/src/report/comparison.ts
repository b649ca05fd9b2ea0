/** The past builds that a prediction is held against, made ready for comparing. */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../build/types';
import type { GraphKeys } from '../cache/keys';
import { graphKeys } from '../cache/keys';
import type { ComparedBuild } from '../cache/predict';
import { recordedSteps } from '../cache/record';
import type { Baseline, BuildRecord, RecordedStep } from '../cache/types';
import { changedPaths } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import type { ContextFacts, ContextSnapshot, DigestScheme } from '../context/types';
import { parseDockerfile } from '../dockerfile/parse';
import { canonicalReference, parseReference } from '../images/reference';
import { t } from '../localize';

/** Changed paths named in a cause. */
const namedPaths = 10;

export interface ComparisonParts {
  /** Made without knowledge of base images: see `graphKeys`. */
  readonly graph: BuildGraph;
  readonly inputs: BuildInputs;
  readonly context: ContextFacts;
  readonly baseline: Baseline;
  /** Digest of a base image as it is known now. */
  readonly baseDigest: (reference: string) => string | undefined;
  /** What ONBUILD of a base adds, the one thing that the graph for keys takes from an image. */
  readonly triggers: (reference: string) => ImageConfiguration | undefined;
}

export interface Comparison {
  /** Newest first; empty when there is nothing to compare with. */
  readonly builds: readonly ComparedBuild[];
  /** Contents of these kinds have to be known. */
  readonly scheme: DigestScheme;
  readonly pending: boolean;
}

/** One text for all ways to write the same reference. */
export function imageToken(reference: string): string {
  const parsed = parseReference(reference);
  return parsed.kind === 'ok' ? canonicalReference(parsed.reference) : reference;
}

/** A date as people read it: to the minute, without zone. */
export function readableDate(date: string): string {
  return date.slice(0, 16).replace('T', ' ');
}

function changedPathsFor(
  parts: ComparisonParts,
  scheme: DigestScheme,
  recorded: BuildRecord['tree'] | ContextSnapshot,
): ComparedBuild['changedPaths'] {
  return (stage, step) => {
    if (parts.context.state !== 'ready') return undefined;
    const { snapshot } = parts.context;
    const operation = parts.graph.stages[stage]?.steps[step]?.operation;
    const found = (operation === undefined ? [] : contextSelectionsOf(operation)).map((selection) =>
      changedPaths(snapshot, selection, recorded, scheme, namedPaths),
    );
    const paths = [...new Set(found.flatMap((each) => each.paths))].slice(0, namedPaths);
    return { paths, count: found.reduce((count, each) => Math.max(count, each.count), 0) };
  };
}

/** Keys of the present, one set for each set of base images that are other ones now. */
class PresentKeys {
  readonly #made = new Map<string, GraphKeys>();

  constructor(
    private readonly parts: ComparisonParts,
    private readonly scheme: DigestScheme,
  ) {}

  get pending(): boolean {
    return [...this.#made.values()].some((keys) => keys.pending);
  }

  against(changedBases: ReadonlySet<string>): GraphKeys {
    const name = [...changedBases].toSorted().join(' ');
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const { graph, context, inputs, baseDigest } = this.parts;
    const keys = graphKeys(graph, {
      context,
      scheme: this.scheme,
      imageToken: (reference) =>
        changedBases.has(reference) ? `${imageToken(reference)} ${baseDigest(reference) ?? ''}` : imageToken(reference),
      epoch: inputs.buildArguments.SOURCE_DATE_EPOCH,
      options: {},
    });
    this.#made.set(name, keys);
    return keys;
  }
}

function changedBasesSince(record: BuildRecord, parts: ComparisonParts): ReadonlySet<string> {
  const changed = Object.entries(record.bases).filter(([reference, digest]) => {
    const now = parts.baseDigest(reference);
    return now !== undefined && now !== digest;
  });
  return new Set(changed.map(([reference]) => reference));
}

function compareWithRecords(parts: ComparisonParts, records: readonly BuildRecord[]): Comparison {
  const present = new PresentKeys(parts, 'sha256');
  const builds = records
    .filter((record) => record.scheme === 'sha256' && record.platform === parts.graph.platform)
    .toSorted((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0))
    .map((record): ComparedBuild => {
      const changedBases = changedBasesSince(record, parts);
      return {
        record,
        sentence: t('Same inputs as in the build recorded {0}.', readableDate(record.at)),
        keys: present.against(changedBases),
        changedPaths: changedPathsFor(parts, 'sha256', record.tree),
        changedBases,
      };
    });
  return { builds, scheme: 'sha256', pending: present.pending };
}

type GitBaseline = Extract<Baseline, { readonly kind: 'git' }>;

interface CommittedBuild {
  readonly inputs: string;
  readonly steps: readonly RecordedStep[];
}

/** The commit's steps, made once for the same inputs. Gone with the baseline. */
const committedBuilds = new WeakMap<GitBaseline, CommittedBuild>();

function committedBuild(parts: ComparisonParts, baseline: GitBaseline): CommittedBuild {
  const inputs = JSON.stringify(parts.inputs);
  const made = committedBuilds.get(baseline);
  if (made !== undefined && made.inputs === inputs) return made;
  const graph = buildGraph(parseDockerfile(baseline.dockerfile), parts.inputs, parts.triggers);
  const context: ContextFacts = { state: 'ready', snapshot: baseline.snapshot, ignoreFile: { text: '' } };
  const keys = graphKeys(graph, {
    context,
    scheme: 'git',
    imageToken,
    epoch: parts.inputs.buildArguments.SOURCE_DATE_EPOCH,
    options: {},
  });
  const build: CommittedBuild = { inputs, steps: recordedSteps(graph, keys) };
  committedBuilds.set(baseline, build);
  return build;
}

function compareWithCommit(parts: ComparisonParts, baseline: GitBaseline): Comparison {
  const present = new PresentKeys(parts, 'git');
  const committed = committedBuild(parts, baseline);
  const keys = present.against(new Set());
  const build: ComparedBuild = {
    record: { steps: committed.steps },
    sentence: t('Same inputs as in {0}: reused wherever that was built.', baseline.label),
    keys,
    changedPaths: changedPathsFor(parts, 'git', baseline.snapshot),
    changedBases: new Set(),
  };
  return { builds: [build], scheme: 'git', pending: present.pending };
}

/** The comparison for the baseline; undefined when there is nothing to compare with, or not yet. */
export function compareWith(parts: ComparisonParts): Comparison | undefined {
  const { baseline } = parts;
  switch (baseline.kind) {
    case 'pending':
    case 'none':
      return undefined;
    case 'record':
    case 'engine':
      return compareWithRecords(parts, baseline.builds);
    case 'git':
      return compareWithCommit(parts, baseline);
  }
}
