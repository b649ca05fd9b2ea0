/**
 * What a history of commits says of the cache: were each commit built after the one before it, which steps would have been
 * reused? The keys are those of `keys.ts` over the text and the tree of each commit, under the scheme `git`.
 */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildInputs, BuildStep } from '../build/types';
import type { ContextFacts, ContextSnapshot } from '../context/types';
import { parseDockerfile } from '../dockerfile/parse';
import { imageToken } from '../images/reference';
import { changedManifests } from './forecast-manifests';
import type { GraphKeys } from './keys';
import { graphKeys } from './keys';
import { stageLabel } from './record';

/** A step by what people call it, so that it is found again in another text. */
export interface NamedStep {
  /** Name of the stage, or `#` and its index. */
  readonly stage: string;
  readonly instruction: string;
  /** The instruction as one line, variables expanded. */
  readonly text: string;
}

/** What a commit has for one Dockerfile. */
export interface CommitState {
  readonly dockerfile: string;
  /** The same object where nothing differs. */
  readonly snapshot: ContextSnapshot;
}

/**
 * A letter for each step of the commit's text: `k` kept, `r` runs again, `?` can't be told from git alone (a file that is not
 * committed).
 */
export type Outcomes = string;

export interface ForecastCommit {
  /** Index into `ForecastHistory.versions`; null where the commit has no such Dockerfile. */
  readonly version: number | null;
  readonly outcomes: Outcomes;
  /** Manifests of dependencies that differ from the commit before; absent for none. */
  readonly manifests?: readonly string[];
}

/** The history of one Dockerfile, for one set of build inputs. Plain data. */
export interface ForecastHistory {
  /** Steps that the target needs and that make a layer, for each different text among the commits. */
  readonly versions: readonly (readonly NamedStep[])[];
  /** Oldest first. */
  readonly commits: readonly ForecastCommit[];
  /** All keys and open keys that the commits, and the one before them, have given. */
  readonly keys: readonly string[];
  /** ISO date of the oldest of them. */
  readonly since: string;
  /** Why these are fewer commits than asked for, or tell less, localised. */
  readonly note?: string;
}

export interface HistoryInputs {
  readonly build: BuildInputs;
  /** What ONBUILD of a base image adds, where known. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

interface Version {
  readonly index: number;
  readonly graph: BuildGraph;
  readonly steps: readonly { readonly named: NamedStep; readonly stage: number; readonly step: number }[];
}

/**
 * Replays commits, oldest first. The first state is the one that was built before: it gives keys and is not among the commits.
 * A commit for which there is no state has no Dockerfile. Pure.
 */
export function replay(
  states: readonly (CommitState | undefined)[],
  inputs: HistoryInputs,
): Pick<ForecastHistory, 'versions' | 'commits' | 'keys'> {
  const versions = new Map<string, Version>();
  const made = new Set<string>();
  const open = new Set<string>();
  const commits: ForecastCommit[] = [];
  let last: CommitState | undefined;
  let lastCommit: ForecastCommit | undefined;
  for (const [index, state] of states.entries()) {
    let commit: ForecastCommit = { version: null, outcomes: '' };
    if (state !== undefined) {
      const version = versions.get(state.dockerfile) ?? versionOf(state.dockerfile, versions.size, inputs);
      versions.set(state.dockerfile, version);
      // Nothing that counts was touched: all keys are there already.
      const same = last?.dockerfile === state.dockerfile && last.snapshot === state.snapshot;
      if (same && lastCommit) {
        commit = { version: lastCommit.version, outcomes: lastCommit.outcomes.replaceAll('r', 'k') };
      } else {
        const manifests = last === undefined ? [] : changedManifests(last.snapshot, state.snapshot);
        const outcomes = outcomesOf(version, state, inputs, made, open);
        commit = { version: version.index, outcomes, ...(manifests.length === 0 ? {} : { manifests }) };
      }
      last = state;
      lastCommit = commit;
    }
    if (index > 0) commits.push(commit);
  }
  const texts = [...versions.values()].map(({ steps }) => steps.map(({ named }) => named));
  return { versions: texts, commits, keys: [...made, ...open] };
}

/**
 * The keys of a graph as those of a history are made: without the configuration of base images, and with remote files taken to stay as
 * they are. The graph has to be made with the triggers of base images alone.
 */
export function historyKeys(graph: BuildGraph, context: ContextFacts, build: BuildInputs): GraphKeys {
  return graphKeys(withRemotesPinned(graph), {
    context,
    scheme: 'git',
    image: (reference) => ({ layers: imageToken(reference) }),
    epoch: build.buildArguments.SOURCE_DATE_EPOCH,
    options: {},
    optionsUnknown: true,
  });
}

/** Compares the commit's keys with those made before, and adds them. */
function outcomesOf(
  version: Version,
  state: CommitState,
  inputs: HistoryInputs,
  made: Set<string>,
  open: Set<string>,
): Outcomes {
  const context: ContextFacts = { state: 'ready', snapshot: state.snapshot, ignoreFile: { text: '' } };
  const keys = historyKeys(version.graph, context, inputs.build);
  for (const { stage, step } of version.steps) {
    const openKey = keys.of(stage, step)?.openKey;
    if (openKey !== undefined && openKey !== null) open.add(openKey);
  }
  const found = version.steps.map(({ stage, step }) => keys.of(stage, step)?.key ?? null);
  const outcomes = found.map((key) => (key === null ? '?' : made.has(key) ? 'k' : 'r')).join('');
  for (const key of found) if (key !== null) made.add(key);
  return outcomes;
}

function versionOf(text: string, index: number, { build, triggers }: HistoryInputs): Version {
  const graph = buildGraph(parseDockerfile(text), build, (reference) => {
    const onbuild = triggers[reference] ?? [];
    return onbuild.length === 0 ? undefined : { environment: [], workdir: '', user: '', onbuild };
  });
  const steps = graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) =>
      step.needed && step.produces === 'layer'
        ? [
            {
              named: { stage: stageLabel(stage), instruction: step.instruction.keyword, text: step.display },
              stage: stage.index,
              step: step.index,
            },
          ]
        : [],
    ),
  );
  return { index, graph, steps };
}

/** What a remote file holds has nothing to do with commits, so it is taken to stay as it is. */
function withRemotesPinned(graph: BuildGraph): BuildGraph {
  const pinned = (step: BuildStep): BuildStep => {
    const { operation } = step;
    if (operation.kind !== 'copy' || operation.checksum !== undefined) return step;
    const remote = operation.sources.flatMap((source) =>
      source.kind === 'url' || source.kind === 'git' ? [source.url] : [],
    );
    if (remote.length === 0) return step;
    return { ...step, operation: { ...operation, checksum: `unchanged ${remote.join(' ')}` } };
  };
  return { ...graph, stages: graph.stages.map((stage) => ({ ...stage, steps: stage.steps.map(pinned) })) };
}
