/** Manifests and configurations as registries have them, read with every member checked (OCI image specification; Docker's v2 schema 2). */
import type { ImageConfiguration } from '../build/types';
import { arrayOf, countOf, isoDateOf, objectOf, stringMapOf, stringOf, stringsOf } from './json-values';

export interface Descriptor {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
}

export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly configuration: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'index'; readonly manifests: readonly (Descriptor & { readonly platform: Platform })[] };

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

export interface ConfigurationDocument {
  readonly configuration: ImageConfiguration;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: readonly string[];
  readonly layerDigests: readonly string[];
  readonly history: readonly { readonly createdBy: string; readonly emptyLayer: boolean }[];
  readonly architecture: string;
  readonly createdAt?: string;
}

/** What to ask for: indexes and manifests of both kinds. */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const mostManifests = 200;
/** overlay2 stops at 128 layers. */
const mostLayers = 500;
const mostHistory = 2_000;
/** Bytes; larger layers are not in any registry. */
const largestLayer = 1e12;
export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Undefined for anything else, the long outdated schema 1 included. */
export function readManifest(json: unknown): ManifestDocument | undefined {
  const document = objectOf(json);
  if (document === undefined || document.schemaVersion !== 2) return undefined;
  if (Array.isArray(document.manifests)) {
    const manifests = arrayOf(document.manifests, mostManifests).flatMap((each) => {
      const descriptor = readDescriptor(each);
      const platform = objectOf(objectOf(each)?.platform);
      if (descriptor === undefined || platform === undefined) return [];
      const text = (name: string): string => stringOf(platform[name], 100) ?? '';
      return [
        {
          ...descriptor,
          platform: { os: text('os'), architecture: text('architecture'), variant: text('variant') },
        },
      ];
    });
    return { kind: 'index', manifests };
  }
  const configuration = readDescriptor(document.config);
  if (configuration === undefined || !Array.isArray(document.layers)) return undefined;
  const layers = arrayOf(document.layers, mostLayers).map(readDescriptor);
  if (layers.length !== document.layers.length || layers.includes(undefined)) return undefined;
  return { kind: 'manifest', configuration, layers: layers.filter((layer) => layer !== undefined) };
}

function readDescriptor(value: unknown): Descriptor | undefined {
  const descriptor = objectOf(value);
  const digest = stringOf(descriptor?.digest);
  const size = countOf(descriptor?.size);
  if (digest === undefined || !digestPattern.test(digest) || size === undefined || size > largestLayer)
    return undefined;
  return { digest, size, mediaType: stringOf(descriptor?.mediaType, 200) ?? '' };
}

/**
 * The manifest of a platform such as `linux/arm/v7`: of several variants the one wished for, else the newest that it can run
 * (containerd platforms: `Normalize`, `platformVector`).
 */
export function choosePlatform(
  manifests: readonly (Descriptor & { readonly platform: Platform })[],
  wanted: string,
): Descriptor | undefined {
  const [os = 'linux', architecture = 'amd64', asked] = wanted.toLowerCase().split('/');
  const variant = asked ?? (architecture === 'arm64' ? 'v8' : architecture === 'arm' ? 'v7' : '');
  const fitting = manifests.filter(({ platform }) => platform.os === os && platform.architecture === architecture);
  const exact = fitting.find(({ platform }) => platform.variant === variant);
  if (exact !== undefined) return exact;
  const number = (text: string): number => Number(/^v(\d+)$/.exec(text)?.[1] ?? '0');
  const older = fitting.filter(({ platform }) => variant === '' || number(platform.variant) <= number(variant));
  return older.toSorted((a, b) => number(b.platform.variant) - number(a.platform.variant))[0];
}

/** Undefined when it is no image's configuration. */
export function readConfiguration(json: unknown): ConfigurationDocument | undefined {
  const document = objectOf(json);
  const root = objectOf(document?.rootfs);
  if (document === undefined || root === undefined || !Array.isArray(root.diff_ids)) return undefined;
  const layerDigests = stringsOf(root.diff_ids, mostLayers).filter((digest) => digestPattern.test(digest));
  if (layerDigests.length !== root.diff_ids.length) return undefined;
  const config = objectOf(document.config) ?? {};
  const words = (name: string): readonly string[] | undefined =>
    Array.isArray(config[name]) ? stringsOf(config[name]) : undefined;
  const entrypoint = words('Entrypoint');
  const command = words('Cmd');
  const shell = words('Shell');
  const environment = words('Env') ?? [];
  const labels = stringMapOf(config.Labels);
  const createdAt = isoDateOf(document.created);
  return {
    configuration: {
      environment,
      workdir: stringOf(config.WorkingDir) ?? '',
      user: stringOf(config.User) ?? '',
      onbuild: words('OnBuild') ?? [],
      labels,
      ...(entrypoint && { entrypoint }),
      ...(command && { command }),
      ...(shell && { shell }),
    },
    environment,
    labels,
    layerDigests,
    history: arrayOf(document.history, mostHistory).map((each) => {
      const entry = objectOf(each);
      return { createdBy: stringOf(entry?.created_by) ?? '', emptyLayer: entry?.empty_layer === true };
    }),
    architecture: stringOf(document.architecture, 100) ?? '',
    ...(createdAt !== undefined && { createdAt }),
  };
}
