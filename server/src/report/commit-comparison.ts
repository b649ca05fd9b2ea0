/** A commit as the past build: its Dockerfile and its tree are analysed like the working tree. */

import { historyKeys } from '../cache/forecast';
import type { GraphKeys } from '../cache/keys';
import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import type { ComparedBuild } from '../cache/predict';
import { recordedSteps } from '../cache/record';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { Baseline, RecordedStep } from '../cache/types';
import type { ContextFacts } from '../context/types';
import { parseDockerfile } from '../dockerfile/parse';
import { imageToken } from '../images/reference';
import { t } from '../localize';
import { type Comparison, type ComparisonParts, changedPathsFor, noFragments } from './comparison-parts';
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
    frontend: frontendOf(dockerfile, parts.inputs.buildArguments),
  });
  const build: CommittedBuild = { inputs, steps: recordedSteps(graphs.plain, keys) };
  committedBuilds.set(baseline, build);
  return build;
}

/** The comparison with a commit. */
export function compareWithCommit(parts: ComparisonParts, baseline: GitBaseline): Comparison {
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
