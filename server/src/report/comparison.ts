/** The past builds that a prediction is held against, made ready for comparing. */
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../build/types';
import { historyKeys } from '../cache/forecast';
import type { ContentsStandIn, GraphKeys, ImageToken } from '../cache/keys';
import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import type { ComparedBuild } from '../cache/predict';
import { contextSelections, knowsContext, recordedSteps, selectionIdentity } from '../cache/record';
import type { BaseKnowledge, KeyGraphs } from '../cache/text-keys';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { Baseline, BuildOptions, BuildRecord, HeldResults, RecordedStep } from '../cache/types';
import { changedPaths, selectSources } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import type { ContextFacts, ContextSnapshot, DigestScheme, Selection } from '../context/types';
import { unnoticedChanges } from '../context/unnoticed-changes';
import { parseDockerfile } from '../dockerfile/parse';
import type { Dockerfile } from '../dockerfile/types';
import { baseIdentity, compareBase } from '../images/base-identity';
import { canonicalReference, parseReference } from '../images/reference';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import { readableDate } from './words';

/** Changed paths named in a cause. */
const namedPaths = 10;

export interface ComparisonParts {
  readonly dockerfile: Dockerfile;
  /** Made with what the engine tells of base images, and nothing else. */
  readonly graph: BuildGraph;
  readonly inputs: BuildInputs;
  readonly context: ContextFacts;
  readonly baseline: Baseline;
  /** An image that the engine holds. */
  readonly image: (reference: string) => ImageFacts | undefined;
  /** Keys that earlier commits gave, when they are known: see `historyKeys`. */
  readonly earlierKeys: readonly string[] | undefined;
}

export interface Comparison {
  /** Newest first; empty when there is nothing to compare with. */
  readonly builds: readonly ComparedBuild[];
  /** Contents of these kinds have to be known. */
  readonly scheme: DigestScheme;
  readonly pending: boolean;
  readonly held: HeldResults;
  /** Texts of steps whose results builds may have left of which nothing else is known. */
  readonly fragments: ReadonlySet<string>;
  readonly inEarlierCommit?: (stage: number, step: number) => boolean;
}

const noFragments: ReadonlySet<string> = new Set();

/** One text for all ways to write the same reference. */
export function imageToken(reference: string): string {
  const parsed = parseReference(reference);
  return parsed.kind === 'ok' ? canonicalReference(parsed.reference) : reference;
}

function selectionsOf(graph: BuildGraph, stage: number, step: number): readonly Selection[] {
  const operation = graph.stages[stage]?.steps[step]?.operation;
  return operation === undefined ? [] : contextSelectionsOf(operation);
}

function changedPathsFor(
  parts: ComparisonParts,
  scheme: DigestScheme,
  recorded: BuildRecord['tree'] | ContextSnapshot,
): ComparedBuild['changedPaths'] {
  return (stage, step) => {
    if (parts.context.state !== 'ready') return undefined;
    const { snapshot } = parts.context;
    const found = selectionsOf(parts.graph, stage, step).map((selection) =>
      changedPaths(snapshot, selection, recorded, scheme, namedPaths),
    );
    const paths = [...new Set(found.flatMap((each) => each.paths))].slice(0, namedPaths);
    return { paths, count: found.reduce((count, each) => Math.max(count, each.count), 0) };
  };
}

/** How keys of the present are made so that they can be compared with a record. */
interface Relation {
  /** By reference, where the record's keys were made with something else than the configuration that is known now. */
  readonly configurations: ReadonlyMap<string, ImageConfiguration | undefined>;
  /** By reference, where something else than its name stands for an image. */
  readonly images: ReadonlyMap<string, ImageToken>;
  /** By the identity of the selection. */
  readonly standIns: ReadonlyMap<string, ContentsStandIn>;
}

function signatureOf({ configurations, images, standIns }: Relation): string {
  if (configurations.size === 0 && images.size === 0 && standIns.size === 0) return '';
  return JSON.stringify([[...configurations], [...images], [...standIns]]);
}

/** Keys of the present, one set for each way in which a record has to be compared. */
class PresentKeys {
  readonly #made = new Map<string, GraphKeys>();
  readonly #graphs = new Map<string, KeyGraphs>();

  constructor(
    private readonly parts: ComparisonParts,
    private readonly scheme: DigestScheme,
    private readonly options: BuildOptions,
  ) {}

  get pending(): boolean {
    return [...this.#made.values()].some((keys) => keys.pending);
  }

  against(relation: Relation): GraphKeys {
    const name = signatureOf(relation);
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const { dockerfile, context, inputs } = this.parts;
    const graphs = this.graphs(relation.configurations);
    const keys = keysOf(graphs, {
      context,
      scheme: this.scheme,
      image: (reference) => relation.images.get(reference) ?? { layers: imageToken(reference) },
      epoch: inputs.buildArguments.SOURCE_DATE_EPOCH,
      options: keyOptions(this.options, inputs.buildArguments),
      frontend: frontendOf(dockerfile, inputs.buildArguments),
      standIn: (selection) => relation.standIns.get(selectionIdentity(selection)),
    });
    this.#made.set(name, keys);
    return keys;
  }

  private graphs(configurations: Relation['configurations']): KeyGraphs {
    const { dockerfile, graph, inputs, image } = this.parts;
    const name = configurations.size === 0 ? '' : JSON.stringify([...configurations]);
    let made = this.#graphs.get(name);
    if (made === undefined) {
      const base = (reference: string): BaseKnowledge => {
        const now = image(reference)?.configuration;
        return baseKnowledge(configurations.has(reference) ? configurations.get(reference) : now, now?.onbuild);
      };
      made = keyGraphs(dockerfile, inputs, base, name === '' ? graph : undefined);
      this.#graphs.set(name, made);
    }
    return made;
  }
}

const unrelated: Relation = { configurations: new Map(), images: new Map(), standIns: new Map() };

/** An image as it is known now beside what a record says of it: the token under which the record's keys were made. */
function tokenAgainst(name: string, recorded: string, now: ImageFacts): ImageToken {
  switch (compareBase(recorded, now)) {
    case 'same':
      return { layers: name };
    case 'changed':
      return { layers: `${name} ${baseIdentity(now) ?? ''}` };
    case 'unknown':
      return { layers: name, doubtful: true };
  }
}

/**
 * The configurations with which the present has to be seen so that it can be compared: as known now where the record was made with one;
 * the record's own where the image is gone, for nothing tells that it is another one; none where the record had none.
 */
function configurationsAgainst(record: BuildRecord, parts: ComparisonParts): Relation['configurations'] {
  const recorded = new Map(
    Object.entries(record.configurations ?? {}).map(([reference, known]) => [imageToken(reference), known]),
  );
  const found = new Map<string, ImageConfiguration | undefined>();
  for (const reference of parts.graph.images) {
    const image = parts.image(reference);
    const name = recordedBase(record, reference, image)?.name ?? imageToken(reference);
    const now = image?.configuration;
    const before = recorded.get(name);
    if (now === undefined && before !== undefined) found.set(reference, before);
    else if (now !== undefined && before === undefined) found.set(reference, undefined);
  }
  return found;
}

interface RecordedBase {
  readonly name: string;
  readonly digest: string;
}

const recordedBases = new WeakMap<BuildRecord, readonly RecordedBase[]>();

function basesIn(record: BuildRecord): readonly RecordedBase[] {
  let bases = recordedBases.get(record);
  if (bases === undefined) {
    bases = Object.entries(record.bases).map(([reference, digest]) => ({ name: imageToken(reference), digest }));
    recordedBases.set(record, bases);
  }
  return bases;
}

/** What a record knows of an image: by its name, or by another name of the same layers. */
function recordedBase(record: BuildRecord, reference: string, now: ImageFacts | undefined): RecordedBase | undefined {
  const name = imageToken(reference);
  const bases = basesIn(record);
  const named = bases.find((base) => base.name === name);
  if (named !== undefined || now === undefined) return named;
  return bases.find((base) => compareBase(base.digest, now) === 'same');
}

/**
 * The tokens of images that the record does not know by this name, or that are other ones now. The builder goes by content: an image that
 * the record knows by another name is the same to it (source/containerimage/pull.go: cacheKeyFromConfig).
 */
function imagesAgainst(record: BuildRecord, parts: ComparisonParts): ReadonlyMap<string, ImageToken> {
  const tokens = new Map<string, ImageToken>();
  for (const reference of parts.graph.images) {
    const now = parts.image(reference);
    if (now === undefined) continue;
    const name = imageToken(reference);
    const known = recordedBase(record, reference, now);
    if (known === undefined) continue;
    const token = tokenAgainst(known.name, known.digest, now);
    if (token.layers !== name || token.doubtful === true) tokens.set(reference, token);
  }
  return tokens;
}

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
  if (record === undefined || context.state !== 'ready') return noUnnoticed;
  const found = new Map<string, ContentsStandIn>();
  for (const selection of contextSelections(parts.graph)) {
    const identity = selectionIdentity(selection);
    if (found.has(identity)) continue;
    const changes = unnoticedChanges(context.snapshot, selection, record.tree, Date.parse(record.at));
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
  const unseen = new Map((record.contents ?? []).map(({ selection, unseen }) => [selection, unseen ?? []]));
  return (stage, step) => {
    for (const selection of selectionsOf(parts.graph, stage, step)) {
      const identity = selectionIdentity(selection);
      const standIn = relation.standIns.get(identity);
      if (standIn?.kind === 'unnoticed') return { kind: 'unnoticed', paths: standIn.paths };
      if (standIn?.kind === 'open')
        return { kind: 'unseen', paths: unseen.get(identity) ?? [], at: readableDate(record.at) };
    }
    return undefined;
  };
}

/**
 * Bytes of the files of one plain source, which are all that the layer of its COPY holds. With several sources, or a wildcard, one file may
 * replace another; what ADD unpacks is not counted file by file.
 */
function copiedBytes(parts: ComparisonParts, stage: number, step: number): number | undefined {
  const operation = parts.graph.stages[stage]?.steps[step]?.operation;
  if (parts.context.state !== 'ready' || operation?.kind !== 'copy' || operation.sources.length !== 1) return undefined;
  const [selection] = contextSelectionsOf(operation);
  if (selection === undefined || selection.unpack || selection.sources.some(({ wildcard }) => wildcard))
    return undefined;
  const { totals, missing } = selectSources(parts.context.snapshot, selection);
  return missing.length > 0 ? undefined : totals.bytes;
}

function compareWithRecords(
  parts: ComparisonParts,
  records: readonly BuildRecord[],
  engine: Pick<Extract<Baseline, { readonly kind: 'engine' }>, 'results' | 'fragments' | 'options'> | undefined,
): Comparison {
  const present = new PresentKeys(parts, 'sha256', engine?.options ?? {});
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
      changedPaths: changedPathsFor(parts, 'sha256', record.tree),
      changedBases: changedBases(record, relation, parts),
      openContents: openContentsOf(parts, relation, record),
      copiedBytes: (stage, step) => copiedBytes(parts, stage, step),
    };
  });
  return {
    builds,
    scheme: 'sha256',
    pending: present.pending,
    held: engine?.results ?? { kind: 'unknown' },
    fragments: engine?.fragments ?? noFragments,
  };
}

/** References whose layers or configuration are known to be other ones now. */
function changedBases(record: BuildRecord, relation: Relation, parts: ComparisonParts): ReadonlySet<string> {
  const before = new Map(
    Object.entries(record.configurations ?? {}).map(([reference, known]) => [imageToken(reference), known]),
  );
  return new Set(
    parts.graph.images.filter((reference) => {
      if (relation.images.get(reference)?.layers.includes(' ') === true) return true;
      const now = parts.image(reference)?.configuration;
      const then = before.get(imageToken(reference));
      return now !== undefined && then !== undefined && !sameConfiguration(now, then);
    }),
  );
}

function sameConfiguration(a: ImageConfiguration, b: ImageConfiguration): boolean {
  const parts = ({ environment, workdir, user, shell, onbuild }: ImageConfiguration) =>
    JSON.stringify([environment, workdir, user, shell ?? [], onbuild]);
  return parts(a) === parts(b);
}

type GitBaseline = Extract<Baseline, { readonly kind: 'git' }>;

interface CommittedBuild {
  readonly inputs: string;
  readonly steps: readonly RecordedStep[];
}

/** The commit's steps, made once for the same inputs. Gone with the baseline. */
const committedBuilds = new WeakMap<GitBaseline, CommittedBuild>();

function committedBuild(parts: ComparisonParts, baseline: GitBaseline): CommittedBuild {
  const configuration = (reference: string) => parts.image(reference)?.configuration;
  const inputs = JSON.stringify([parts.inputs, parts.graph.images.map(configuration)]);
  const made = committedBuilds.get(baseline);
  if (made !== undefined && made.inputs === inputs) return made;
  const dockerfile = parseDockerfile(baseline.dockerfile);
  const graphs = keyGraphs(dockerfile, parts.inputs, (reference) => baseKnowledge(configuration(reference)));
  const context: ContextFacts = { state: 'ready', snapshot: baseline.snapshot, ignoreFile: { text: '' } };
  const keys = keysOf(graphs, {
    context,
    scheme: 'git',
    image: (reference) => ({ layers: imageToken(reference) }),
    epoch: parts.inputs.buildArguments.SOURCE_DATE_EPOCH,
    options: keyOptions({}, parts.inputs.buildArguments),
    frontend: frontendOf(dockerfile, parts.inputs.buildArguments),
  });
  const build: CommittedBuild = { inputs, steps: recordedSteps(graphs.plain, keys) };
  committedBuilds.set(baseline, build);
  return build;
}

function compareWithCommit(parts: ComparisonParts, baseline: GitBaseline): Comparison {
  const present = new PresentKeys(parts, 'git', {});
  const committed = committedBuild(parts, baseline);
  const keys = present.against(unrelated);
  const build: ComparedBuild = {
    record: { steps: committed.steps },
    sentence: t('Same inputs as in {0}: reused wherever that was built.', baseline.label),
    keys,
    changedPaths: changedPathsFor(parts, 'git', baseline.snapshot),
    changedBases: new Set(),
    openContents: () => undefined,
    copiedBytes: () => undefined,
  };
  return {
    builds: [build],
    scheme: 'git',
    pending: present.pending,
    held: { kind: 'unknown' },
    fragments: noFragments,
    ...inEarlierCommit(parts),
  };
}

const keySets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Made when a step asks for it: most of the time nothing differs from the commit. */
function inEarlierCommit(parts: ComparisonParts): Pick<Comparison, 'inEarlierCommit'> {
  const { earlierKeys, dockerfile, inputs, image, context } = parts;
  if (earlierKeys === undefined) return {};
  const earlier = keySets.get(earlierKeys) ?? new Set(earlierKeys);
  keySets.set(earlierKeys, earlier);
  let keys: GraphKeys | undefined;
  return {
    inEarlierCommit(stage, step) {
      keys ??= historyKeys(
        keyGraphs(dockerfile, inputs, (reference) => baseKnowledge(undefined, image(reference)?.configuration?.onbuild))
          .plain,
        context,
        inputs,
      );
      const found = keys.of(stage, step);
      return [found?.key, found?.openKey].some((key) => key !== undefined && key !== null && earlier.has(key));
    },
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
