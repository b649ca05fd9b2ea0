/** What COPY --from takes out of an image that is no stage: as far as the image's layers tell. */
import { baseName, cleanPath } from '../build/paths';
import type { CopyOperation } from '../build/types';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { SizeRange } from '../packages/types';
import { formatBytes } from './format';
import { baseOwner, under } from './part';
import type { TakenFiles } from './stage-source';

/** A layer that COPY or ADD made, by its entry in the image's history. */
interface CopiedLayer {
  /** As written; those of the legacy builder are digests. */
  readonly sources: readonly string[];
  readonly destination: string;
  readonly size: number;
  /** No layer above it holds anything. */
  readonly last: boolean;
}

const legacyPrefix = /^\/bin\/sh -c #\(nop\)\s+/;

function copiedLayers({ layers }: ImageFacts): readonly CopiedLayer[] {
  return layers.flatMap(({ createdBy, size }, index): CopiedLayer[] => {
    const text = createdBy.replace(legacyPrefix, '').replace(/\s+# buildkit$/, '');
    const words = /^(?:COPY|ADD)\s/.test(text) ? text.split(/\s+/).slice(1) : [];
    const paths = words.filter((word) => !word.startsWith('--') && word !== 'in');
    const destination = paths.at(-1);
    if (destination === undefined || paths.length < 2 || !destination.startsWith('/') || size === undefined) return [];
    const last = layers.slice(index + 1).every((above) => above.size === 0);
    return [{ sources: paths.slice(0, -1), destination, size, last }];
  });
}

/** Bytes of a path that one layer alone is known to have made. Where layers lie above, they may have changed it. */
function sizeByHistory(path: string, layers: readonly CopiedLayer[]): SizeRange | undefined {
  const made = layers.findLast(({ sources, destination }) => {
    if (sources.length !== 1) return false;
    if (!destination.endsWith('/')) return destination === path;
    const [source = ''] = sources;
    return !/^(?:file|dir|multi):/.test(source) && under(cleanPath(destination), baseName(source)) === path;
  });
  if (made === undefined) return undefined;
  const { size, last } = made;
  if (last) return { bytes: size, low: size, high: size, basis: 'measured' };
  return { bytes: size, low: Math.floor(size * 0.5), high: Math.ceil(size * 1.5), basis: 'estimated' };
}

/** Bytes of everything in an image: all of its layers where there is one, else less what they hide of each other. */
function sizeOfAll({ size, sizeRange, layers, layerCount, source }: ImageFacts): SizeRange | undefined {
  if (size === undefined) return undefined;
  const filled = layers.some((layer) => layer.size !== undefined)
    ? layers.filter((layer) => layer.size !== 0).length
    : (layerCount ?? 2);
  const single = filled <= 1;
  if (single && source.kind === 'engine') return { bytes: size, low: size, high: size, basis: 'measured' };
  // Another build of the tag may differ.
  const [low, high] = sizeRange === undefined ? [size * 0.8, size * 1.25] : [sizeRange.low, sizeRange.high];
  return { bytes: size, low: Math.floor(low * (single ? 1 : 0.7)), high: Math.ceil(high), basis: 'estimated' };
}

/** The files that COPY takes from an image. `facts`: undefined where nothing is known of it. */
export function takenFromImage(operation: CopyOperation, reference: string, facts: ImageFacts | undefined): TakenFiles {
  const paths = operation.sources.flatMap((source) => (source.kind === 'path' ? [source] : []));
  const untold = (path: string): TakenFiles => ({
    state: 'unknown',
    low: 0,
    reason:
      facts?.size === undefined
        ? t('What {0} holds there is known once the engine has copied it.', reference)
        : t(
            'What {0} holds at {1} is known once the engine has copied it; all of the image has {2}.',
            reference,
            path,
            formatBytes(facts.size),
          ),
  });
  const layers = facts === undefined ? [] : copiedLayers(facts);
  const found: { path: string; size: SizeRange }[] = [];
  for (const { path: written, wildcard, written: name } of paths) {
    const path = cleanPath(`/${written}`);
    const chooses = wildcard || operation.parents || operation.exclude.length > 0;
    const size =
      chooses || facts === undefined ? undefined : path === '/' ? sizeOfAll(facts) : sizeByHistory(path, layers);
    if (size === undefined) return untold(name);
    found.push({ path, size });
  }
  return {
    state: 'known',
    parts: found.map(({ path, size }) => ({
      from: path,
      part:
        path === '/' ? { kind: 'bulk', path, owner: baseOwner, size } : { kind: 'file', path, owner: baseOwner, size },
    })),
    directory: found.some(({ path }) => path === '/'),
    assumed: false,
    evidence: facts === undefined ? [] : [t('By the layers of {0}: {1}', reference, facts.source.label)],
  };
}
