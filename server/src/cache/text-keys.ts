/**
 * Keys of a Dockerfile's steps with what is known of its base images, and with care where that is nothing: what a base sets decides what a
 * relative path, a search path or a shell means.
 */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../build/types';
import type { Dockerfile } from '../dockerfile/types';
import type { GraphKeys, KeySurroundings } from './keys';
import { graphKeys } from './keys';
import type { StepKeys } from './types';

/** What is known of what a base image sets. */
export type BaseKnowledge =
  | { readonly kind: 'known'; readonly configuration: ImageConfiguration }
  /** Nothing but, perhaps, what its ONBUILD adds. */
  | { readonly kind: 'unknown'; readonly onbuild: readonly string[] };

/** What is known: a configuration, or nothing but ONBUILD. */
export function baseKnowledge(
  configuration: ImageConfiguration | undefined,
  onbuild: readonly string[] = [],
): BaseKnowledge {
  return configuration === undefined ? { kind: 'unknown', onbuild } : { kind: 'known', configuration };
}

/** As if it set nothing. */
function plainly(base: BaseKnowledge): ImageConfiguration | undefined {
  if (base.kind === 'known') return base.configuration;
  return base.onbuild.length === 0 ? undefined : { environment: [], workdir: '', user: '', onbuild: base.onbuild };
}

/** With something of its own in every place, equal to nothing that can be written. */
function carefully(base: BaseKnowledge): ImageConfiguration {
  if (base.kind === 'known') return base.configuration;
  return base.onbuild.length === 0 ? unlikeAll : { ...unlikeAll, onbuild: base.onbuild };
}

// Which base it is stands in the keys anyway.
const token = '\u0001base';
const unlikeAll: ImageConfiguration = {
  environment: [`PATH=${token}`],
  workdir: `/${token}`,
  user: token,
  shell: [token],
  onbuild: [],
};

/** The graphs that keys are made from. */
export interface KeyGraphs {
  /** Made as if bases of which nothing is known set nothing. */
  readonly plain: BuildGraph;
  /** Made as if they set what nothing else is equal to; the same object when all are known. */
  readonly careful: BuildGraph;
}

/** The graphs of a text; `made` is the plain one, where it is there already. */
export function keyGraphs(
  dockerfile: Dockerfile,
  inputs: BuildInputs,
  base: (reference: string) => BaseKnowledge,
  made?: BuildGraph,
): KeyGraphs {
  const plain = made ?? buildGraph(dockerfile, inputs, (reference) => plainly(base(reference)));
  if (plain.images.every((reference) => base(reference).kind === 'known')) return { plain, careful: plain };
  return { plain, careful: buildGraph(dockerfile, inputs, (reference) => carefully(base(reference))) };
}

/**
 * The keys of every step. Above a base whose configuration is not known, keys are equal only where nothing of them depends on what the
 * base sets, or depends on it in the same way; open keys take the base to set nothing.
 */
export function keysOf({ plain, careful }: KeyGraphs, around: KeySurroundings): GraphKeys {
  const open = graphKeys(plain, around);
  if (careful === plain) return open;
  const exact = graphKeys(careful, around);
  return {
    pending: open.pending || exact.pending,
    of(stage, step): StepKeys | undefined {
      const found = open.of(stage, step);
      return found === undefined ? undefined : { ...found, key: exact.of(stage, step)?.key ?? null };
    },
  };
}
