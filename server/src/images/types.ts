/** What is known of a base image. */
import type { ImageConfiguration } from '../build/types';

export type { ImageConfiguration } from '../build/types';

export interface ImageLayer {
  /** Uncompressed content bytes; absent when not known. */
  readonly size?: number;
  /** `created_by` of the history entry. */
  readonly createdBy: string;
}

export interface ImageFacts {
  readonly reference: string;
  /** Uncompressed bytes of all layers; with `sizeRange` the best figure in it. */
  readonly size?: number;
  /** Bytes that `size` lies between at least nine times in ten, where nobody told the uncompressed size. */
  readonly sizeRange?: { readonly low: number; readonly high: number };
  /** Sum of the compressed layers as a registry has them, bytes. */
  readonly compressedSize?: number;
  /** Number of layers; `layers` may be empty when only the count is known. */
  readonly layerCount?: number;
  readonly layers: readonly ImageLayer[];
  readonly configuration?: ImageConfiguration;
  /** Content address, when known: image ID or manifest digest, and the chain of layer digests (RootFS). */
  readonly digest?: string;
  /** Digests of the manifests that the image was pulled by. */
  readonly manifestDigests?: readonly string[];
  readonly layerDigests?: readonly string[];
  /** Pretty name of the operating system, for example `Debian GNU/Linux 12 (bookworm)`. */
  readonly os?: string;
  readonly packageManager?: string;
  readonly architecture?: string;
  /** ISO date of the figures. */
  readonly date?: string;
  /**
   * `engine`: read from the user's engine: exact. `registry`: manifest and configuration as the registry has them now: digests and
   * compressed sizes are exact, uncompressed ones a range. `shipped`: from the table in the extension: another build of the tag may differ.
   */
  readonly source:
    | { readonly kind: 'engine'; readonly label: string }
    | { readonly kind: 'registry'; readonly label: string }
    | { readonly kind: 'shipped'; readonly label: string };
}

/** What the report may see of one reference. */
export type ImageKnowledge =
  /** `provisional`: somebody who knows better can still be asked. */
  | { readonly kind: 'known'; readonly facts: ImageFacts; readonly provisional?: true }
  | { readonly kind: 'pending' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** One row of the shipped table `official-images.json`. */
export interface OfficialImage {
  /** `node:20-slim`. */
  readonly reference: string;
  /** Uncompressed bytes. */
  readonly size: number;
  readonly compressedSize?: number;
  /** Absent when the source was not read for it. */
  readonly layerCount?: number;
  /** Uncompressed bytes per layer from the bottom, when the source gives them. */
  readonly layerSizes?: readonly number[];
  readonly os?: string;
  readonly packageManager?: 'apt' | 'apk' | 'dnf' | 'microdnf' | 'yum' | 'tdnf' | 'none';
  readonly environment: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** ISO date of creation. */
  readonly date?: string;
  /** Path in the source repository. */
  readonly source: string;
}
/** The table as shipped. */
export interface OfficialImageTable {
  readonly source: string;
  readonly commit: string;
  readonly platform: string;
  readonly images: readonly OfficialImage[];
}
