/** Which history entries made a layer: the engine lists sizes and commands, but not that. */

import { operatingSystemOf, packageManagerOf } from '../images/operating-system';
import type { ImageConfiguration, ImageFacts } from '../images/types';
import type { MeasuredEntry } from '../report/facts';
import type { EngineHistoryEntry, EngineImage } from './ports';

/** Instructions that change the configuration only, as BuildKit and the classic builder write them in `created_by`. */
const metadata =
  /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/;
const workdir = /^(?:\/bin\/sh -c #\(nop\)\s+)?WORKDIR\b/;

/**
 * The entries from the bottom with `emptyLayer` told from command and size, so that as many are not empty as the image
 * has layers. An entry with bytes always made one. Where commands alone give too many, a WORKDIR without bytes (which
 * makes none for `/` and for the classic builder) is taken for empty first, then other entries without bytes, oldest first.
 */
export function markLayers(entries: readonly EngineHistoryEntry[], layers: number): readonly MeasuredEntry[] {
  const made = entries.map((entry) => entry.size > 0 || !metadata.test(entry.createdBy));
  let surplus = made.filter(Boolean).length - layers;
  const drop = (candidate: (entry: EngineHistoryEntry) => boolean): void => {
    for (const [index, entry] of entries.entries()) {
      if (surplus > 0 && made[index] === true && entry.size === 0 && candidate(entry)) {
        made[index] = false;
        surplus -= 1;
      }
    }
  };
  drop((entry) => workdir.test(entry.createdBy));
  drop(() => true);
  return entries.map((entry, index) => ({ ...entry, emptyLayer: made[index] !== true }));
}

/**
 * What the engine knows of a base image. Sizes of contents only where the engine counts those: the containerd image store
 * gives disk usage in blocks for layers, which is no content size, and for the image the sum of its compressed blobs.
 */
export function imageFactsOf(
  reference: string,
  image: EngineImage,
  history: readonly EngineHistoryEntry[],
  engine: { readonly label: string; readonly sizeUnit: 'content' | 'blocks' },
): ImageFacts {
  const content = engine.sizeUnit === 'content';
  const layers = markLayers(history, image.layerDigests.length)
    .filter((entry) => !entry.emptyLayer)
    .map((entry) => ({ createdBy: entry.createdBy, ...(content && { size: entry.size }) }));
  const os = operatingSystemOf(image, history);
  const packageManager = packageManagerOf(os, reference);
  return {
    reference,
    ...(content ? { size: image.size } : { compressedSize: image.size }),
    layerCount: image.layerDigests.length,
    layers,
    configuration: configurationOf(image),
    digest: image.id,
    layerDigests: image.layerDigests,
    manifestDigests: image.repositoryDigests.map((name) => name.slice(name.indexOf('@') + 1)),
    ...(os !== undefined && { os }),
    ...(packageManager !== undefined && { packageManager }),
    ...(image.architecture !== '' && { architecture: image.architecture }),
    ...(image.createdAt !== undefined && { date: image.createdAt }),
    source: { kind: 'engine', label: engine.label },
  };
}

function configurationOf(image: EngineImage): ImageConfiguration {
  const { environment, workdir: folder, user, entrypoint, command, shell, onbuild, labels } = image;
  return {
    environment,
    workdir: folder,
    user,
    onbuild,
    labels,
    ...(entrypoint && { entrypoint }),
    ...(command && { command }),
    ...(shell && { shell }),
  };
}
