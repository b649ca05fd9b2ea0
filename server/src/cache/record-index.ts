/** Past builds as the present is compared with them, to look steps up in. */
import { fold, isExact } from './held-listing';
import type { GraphKeys } from './keys';
import type { BuildRecord, RecordedStep, ResultTrace } from './types';

/** A past build to compare with, and the keys of the present state as they compare with it. */
export interface ComparedBuild {
  readonly record: Pick<BuildRecord, 'steps' | 'reference'>;
  /** Why a step with the same key is reused, localised: names the build. */
  readonly sentence: string;
  /** Keys of the present; they can differ between builds when a base image has changed since one of them. */
  readonly keys: GraphKeys;
  /** First changed paths that a step takes from the build context, and how many there are; made when asked for. */
  readonly changedPaths: (
    stage: number,
    step: number,
  ) => { readonly paths: readonly string[]; readonly count: number } | undefined;
  /** References whose image is known to be another one now. */
  readonly changedBases: ReadonlySet<string>;
  /** Why it is open whether a step reads what that build read; undefined: it is not. */
  readonly openContents: (stage: number, step: number) => OpenContents | undefined;
  /** Bytes of the files that a step would copy from the build context, where its layer holds exactly those; undefined where not known. */
  readonly copiedBytes: (stage: number, step: number) => number | undefined;
}

/** Why nobody but the builder can tell whether a step reads what a past build read. */
export type OpenContents =
  /** These paths were written after that build began, and nothing tells what they held; none: it had another build context. */
  | { readonly kind: 'unseen'; readonly paths: readonly string[] /** For people. */; readonly at: string }
  /** Git does not keep what differs, or may: folders without files, modes. */
  | { readonly kind: 'not in git'; readonly paths: readonly string[] }
  /** What differs is nothing that the builder notices while it has the context of an earlier build. */
  | { readonly kind: 'unnoticed'; readonly paths: readonly string[] };

interface RecordIndex {
  readonly byKey: ReadonlyMap<string, RecordedStep>;
  readonly byOpenKey: ReadonlyMap<string, RecordedStep>;
  /** Seconds by instruction text. */
  readonly durations: ReadonlyMap<string, number>;
  /** What comes after a step of this record in its stage; undefined for one of another record. */
  readonly above: (step: RecordedStep) => readonly RecordedStep[] | undefined;
}

/** A past build with its steps in the order in which they are asked for. */
export interface BuildKeys extends RecordIndex {
  readonly build: ComparedBuild;
}

const recordIndexes = new WeakMap<object, RecordIndex>();

/** Indexes a build's steps, once for each record. */
export function indexBuild(build: ComparedBuild): BuildKeys {
  const { steps } = build.record;
  let index = recordIndexes.get(steps);
  if (index === undefined) {
    index = indexSteps(steps);
    recordIndexes.set(steps, index);
  }
  return { build, ...index };
}

function indexSteps(steps: readonly RecordedStep[]): RecordIndex {
  const byKey = new Map<string, RecordedStep>();
  const byOpenKey = new Map<string, RecordedStep>();
  const durations = new Map<string, number>();
  for (const step of steps) {
    if (step.key !== null) byKey.set(step.key, step);
    if (step.openKey !== null) byOpenKey.set(step.openKey, step);
    if (step.duration !== undefined) durations.set(step.text, step.duration);
  }
  return { byKey, byOpenKey, durations, above: stepsAbove(steps) };
}

function stepsAbove(steps: readonly RecordedStep[]): RecordIndex['above'] {
  const places = new Map(steps.map((step, index) => [step, index]));
  return (step) => {
    const place = places.get(step);
    return place === undefined ? undefined : steps.slice(place + 1).filter(({ stage }) => stage === step.stage);
  };
}

/** A build for several platforms is recorded apart for each, see `assemblePastBuild`. */
export function isForSeveral({ record }: ComparedBuild): boolean {
  return record.reference?.includes('@') === true;
}

/** Results that builds were seen making, by their text. */
export function tracesByText(builds: readonly ComparedBuild[]): ReadonlyMap<string, readonly ResultTrace[]> {
  const traces = new Map<string, ResultTrace[]>();
  for (const { made } of builds.flatMap(({ record }) => record.steps)) {
    if (made === undefined || !isExact(made)) continue;
    const text = fold(made.description);
    const same = traces.get(text);
    if (same === undefined) traces.set(text, [made]);
    else same.push(made);
  }
  return traces;
}
