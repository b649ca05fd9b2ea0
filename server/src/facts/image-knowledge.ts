/** What is known of a base image, from whoever knows it best. */
import type { OfficialImages } from '../images/official';
import { parseReference } from '../images/reference';
import type { ImageFacts, ImageKnowledge } from '../images/types';
import { t } from '../localize';
import type { EngineFacts } from '../report/facts';
import type { EngineImages } from './engine-reading';
import type { RegistryImages } from './registry-images';

export interface ImageView {
  readonly engine: EngineFacts;
  readonly images: EngineImages;
  /** Undefined where registries are not asked. */
  readonly registry: RegistryImages | undefined;
}

/** The engine's own image first, then the registry's, then the shipped table, else the reason why nothing is known. */
export function knowledgeOf(reference: string, view: ImageView, official: OfficialImages): ImageKnowledge {
  if (parseReference(reference).kind === 'malformed') {
    return { kind: 'unknown', reason: t('"{0}" is not a valid image reference.', reference) };
  }
  const { engine } = view;
  if (engine.state === 'pending') return { kind: 'pending' };
  const shipped = official.find(reference);
  if (engine.state === 'ready') {
    const held = view.images.get(reference);
    if (held === undefined) return { kind: 'pending' };
    if (held !== null) return { kind: 'known', facts: completed(held, shipped) };
  }
  const remote = view.registry?.get(reference);
  if (view.registry !== undefined && remote === undefined) {
    return shipped ? { kind: 'known', facts: shipped, provisional: true } : { kind: 'pending' };
  }
  if (remote !== undefined && !('reason' in remote)) return { kind: 'known', facts: completed(remote, shipped) };
  if (shipped) return { kind: 'known', facts: shipped };
  if (remote !== undefined) return { kind: 'unknown', reason: remote.reason };
  const reason =
    engine.state === 'ready'
      ? t(
          'The engine does not hold {0}, and it is not in the table of official images. "docker pull" makes it known.',
          reference,
        )
      : t('{0} is not in the table of official images, and no engine could be asked: {1}', reference, engine.reason);
  return { kind: 'unknown', reason };
}

/**
 * What the engine can't tell, from the table's row of the same tag: the system, its packages, the size in a registry; and
 * the size of the contents where the engine counts something else. The figures are then those of the table.
 */
function completed(held: ImageFacts, shipped: ImageFacts | undefined): ImageFacts {
  if (!shipped) return held;
  const os = held.os ?? shipped.os;
  const packageManager = held.packageManager ?? shipped.packageManager;
  const compressedSize = held.compressedSize ?? shipped.compressedSize;
  return {
    ...held,
    ...(os !== undefined && { os }),
    ...(packageManager !== undefined && { packageManager }),
    ...(compressedSize !== undefined && { compressedSize }),
    ...(held.size === undefined && shipped.size !== undefined && { size: shipped.size, source: shipped.source }),
  };
}
