/** When an image under the same name still is the base that a build stood on. */
import { sha256Hex } from '../sha256';
import type { ImageFacts } from './types';

/** What of a base image decides over the steps above it, each as a short text that is equal when it is. */
export interface BaseIdentity {
  /** Content address of the layers: it decides over every step. */
  readonly layers: string;
  /** Environment, user, working directory and shell: they decide over RUN. */
  readonly run: string;
  /** User and working directory: they decide over what WORKDIR makes and where COPY goes to. */
  readonly files: string;
}

/** Whether a part of a base is as it was. */
export type Sameness = 'same' | 'changed' | 'unknown';

export type BaseComparison = { readonly [Part in keyof BaseIdentity]: Sameness };

const same: BaseComparison = { layers: 'same', run: 'same', files: 'same' };

/**
 * The chain ID of layers: the digest that stands for all of them together
 * (OCI image specification, config.md: layer ChainID). Undefined without layers.
 */
export function chainId(layerDigests: readonly string[]): string | undefined {
  const [first, ...others] = layerDigests;
  if (first === undefined) return undefined;
  return others.reduce((chain, digest) => `sha256:${sha256Hex(`${chain} ${digest}`)}`, first);
}

function shortDigest(value: unknown): string {
  return sha256Hex(JSON.stringify(value)).slice(0, 16);
}

/** The identity of an image as it is known; undefined when its layers or its configuration are not. */
export function baseIdentity(facts: ImageFacts): BaseIdentity | undefined {
  const layers = chainId(facts.layerDigests ?? []);
  const { configuration } = facts;
  if (layers === undefined || configuration === undefined) return undefined;
  const { environment, user, workdir, shell } = configuration;
  return {
    layers,
    run: shortDigest([environment, user, workdir, shell ?? []]),
    files: shortDigest([user, workdir]),
  };
}

const written = /^layers (\S+) run (\S+) files (\S+)$/;

/** As a record keeps it; read by `compareBase`. */
export function writeIdentity({ layers, run, files }: BaseIdentity): string {
  return `layers ${layers} run ${run} files ${files}`;
}

/**
 * What a record says of a base, held against the image as it is known now: either what `writeIdentity` wrote, or a digest as the engine
 * resolved it (image ID, chain ID of the layers, or manifest digest).
 */
export function compareBase(recorded: string, now: ImageFacts): BaseComparison {
  const identity = baseIdentity(now);
  const match = written.exec(recorded);
  if (match !== null) {
    const [, layers, run, files] = match;
    if (identity === undefined) return { layers: 'unknown', run: 'unknown', files: 'unknown' };
    const compare = (before: string | undefined, after: string): Sameness => (before === after ? 'same' : 'changed');
    return {
      layers: compare(layers, identity.layers),
      run: compare(run, identity.run),
      files: compare(files, identity.files),
    };
  }
  if (recorded === now.digest || (now.manifestDigests ?? []).includes(recorded)) return same;
  // The layers alone: the configuration is verified step by step against what the engine was told.
  if (identity !== undefined && recorded === identity.layers) return same;
  return { layers: 'unknown', run: 'unknown', files: 'unknown' };
}
