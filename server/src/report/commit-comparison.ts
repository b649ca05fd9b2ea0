/** A commit as the past build: its Dockerfile and its tree are analysed like the working tree. */

import { historyKeys } from '../cache/forecast';
import type { ContentsStandIn, GraphKeys } from '../cache/keys';
import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import { contextSelections, recordedSteps, selectionIdentity } from '../cache/record';
import type { ComparedBuild } from '../cache/record-index';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { Baseline, RecordedStep } from '../cache/types';
import { modesOutsideGit } from '../context/modes-outside-git';
import { changedPaths, selectionDigest } from '../context/select';
import type { ContextFacts } from '../context/types';
import { withoutEmptyFolders } from '../context/without-empty-folders';
import { parseDockerfile } from '../dockerfile/parse';
import { imageToken } from '../images/reference';
import { t } from '../localize';
import { type Comparison, type ComparisonParts, changedPathsFor, noFragments, selectionsOf } from './comparison-parts';
import { PresentKeys, unrelated } from './present-keys';

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
    optionsUnknown: true,
    frontend: frontendOf(dockerfile, parts.inputs.buildArguments),
  });
  const build: CommittedBuild = { inputs, steps: recordedSteps(graphs.plain, keys) };
  committedBuilds.set(baseline, build);
  return build;
}

/** The comparison with a commit. */
export function compareWithCommit(parts: ComparisonParts, baseline: GitBaseline): Comparison {
  const present = new PresentKeys(parts, 'git', undefined);
  const committed = committedBuild(parts, baseline);
  const folders = outsideGit(parts, baseline);
  const keys = present.against({ ...unrelated, standIns: folders });
  const build: ComparedBuild = {
    record: { steps: committed.steps },
    sentence: t('Same inputs as in {0}: reused wherever that was built.', baseline.label),
    keys,
    changedPaths: changedPathsFor(parts, 'git', () => baseline.snapshot),
    changedBases: new Set(),
    openContents(stage, step) {
      for (const selection of selectionsOf(parts.graph, stage, step)) {
        const standIn = folders.get(selectionIdentity(selection));
        if (standIn?.kind === 'unnoticed') return { kind: 'not in git', paths: standIn.paths };
      }
      return undefined;
    },
    copiedBytes: () => undefined,
  };
  return {
    builds: [build],
    scheme: 'git',
    pending: present.pending,
    held: { kind: 'assumed' },
    fragments: noFragments,
    ...inEarlierCommit(parts),
  };
}

/** Folders without files that may be all that differs in a selection. */
const comparedFolders = 10;

/**
 * Git keeps no folder without files and little of modes, so nothing tells what of these was there when the commit was built: where a
 * selection differs in nothing else, its open key is that of the commit.
 */
function outsideGit(parts: ComparisonParts, baseline: GitBaseline): ReadonlyMap<string, ContentsStandIn> {
  const found = new Map<string, ContentsStandIn>();
  const { context } = parts;
  if (context.state !== 'ready') return found;
  const { snapshot } = context;
  const committedAt = Date.parse(baseline.at ?? '');
  for (const selection of contextSelections(parts.graph)) {
    const identity = selectionIdentity(selection);
    const now = selectionDigest(snapshot, selection, 'git');
    const committed = selectionDigest(baseline.snapshot, selection, 'git');
    if (found.has(identity) || now.state !== 'known' || committed.state !== 'known') continue;
    const { digest } = committed;
    if (now.digest === digest) {
      const paths = Number.isNaN(committedAt) ? [] : modesOutsideGit(snapshot, selection, committedAt);
      if (paths.length > 0) found.set(identity, { kind: 'unnoticed', paths, digest });
      continue;
    }
    const { paths, count } = changedPaths(snapshot, selection, baseline.snapshot, 'git', comparedFolders);
    const isFolder = (path: string) =>
      snapshot.entry(path)?.type === 'directory' && snapshot.totalsOf(path).files === 0;
    if (count > 0 && count === paths.length && paths.every(isFolder))
      found.set(identity, { kind: 'unnoticed', paths, digest });
  }
  return found;
}

/** What an earlier commit had of the folders that git does not keep, nothing tells. */
function asGitKeeps(context: ContextFacts): ContextFacts {
  return context.state === 'ready' ? { ...context, snapshot: withoutEmptyFolders(context.snapshot) } : context;
}

const keySets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Made when a step asks for it: most of the time nothing differs from the commit. */
function inEarlierCommit(parts: ComparisonParts): Pick<Comparison, 'inEarlierCommit'> {
  const { earlierKeys, dockerfile, inputs, image, context } = parts;
  if (earlierKeys === undefined) return {};
  const earlier = keySets.get(earlierKeys) ?? new Set(earlierKeys);
  keySets.set(earlierKeys, earlier);
  const keysFor = (seen: ContextFacts): GraphKeys =>
    historyKeys(
      keyGraphs(dockerfile, inputs, (reference) => baseKnowledge(undefined, image(reference)?.configuration?.onbuild))
        .plain,
      seen,
      inputs,
    );
  let keys: readonly GraphKeys[] | undefined;
  return {
    inEarlierCommit(stage, step) {
      // A folder whose files are all ignored is there in the commit too; one that has none is not.
      keys ??= [context, asGitKeeps(context)].map(keysFor);
      return keys.some((made) => {
        const found = made.of(stage, step);
        return [found?.key, found?.openKey].some((key) => key !== undefined && key !== null && earlier.has(key));
      });
    },
  };
}
