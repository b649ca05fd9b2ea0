/** When an image under the same name still is the base that a build stood on. */
import { sha256Hex } from '../sha256';
import type { ImageFacts } from './types';

/** Whether the layers of a base are the ones that they were. */
export type Sameness = 'same' | 'changed' | 'unknown';

/**
 * The chain ID of layers: the digest that stands for all of them together
 * (OCI image specification, config.md: layer ChainID). Undefined without layers.
 */
export function chainId(layerDigests: readonly string[]): string | undefined {
  const [first, ...others] = layerDigests;
  if (first === undefined) return undefined;
  return others.reduce((chain, digest) => `sha256:${sha256Hex(`${chain} ${digest}`)}`, first);
}

const chainPrefix = 'chain ';

/** Stands in a record for an image of which nobody told which one it was: no image is known to be the same. */
export const untoldBase = 'not told';

/** What a record keeps of an image that is known; undefined when its layers are not. Read by `compareBase`. */
export function baseIdentity(facts: ImageFacts): string | undefined {
  const chain = chainId(facts.layerDigests ?? []);
  return chain === undefined ? undefined : `${chainPrefix}${chain}`;
}

/**
 * What a record says of a base, held against the image as it is known now: either what `baseIdentity` gave, or a digest as the engine
 * resolved it, which is the chain ID, the image ID or the digest of a manifest (moby builder-next/adapters/containerimage and BuildKit
 * source/containerimage/pull.go: cacheKeyFromConfig). The builder goes by layers: another image with the same ones is the same base.
 */
export function compareBase(recorded: string, now: ImageFacts): Sameness {
  const identity = baseIdentity(now);
  if (recorded.startsWith(chainPrefix)) {
    if (identity === undefined) return 'unknown';
    return recorded === identity ? 'same' : 'changed';
  }
  if (identity === `${chainPrefix}${recorded}` || recorded === now.digest) return 'same';
  return (now.manifestDigests ?? []).includes(recorded) ? 'same' : 'unknown';
}
