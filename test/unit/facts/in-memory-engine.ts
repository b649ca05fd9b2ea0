/** An engine without a socket: images are put in, failures are set. */
import type { EngineHistoryEntry, EngineImage, EnginePort } from '../../../server/src/facts/ports';
import type { MeasuredCacheRecord } from '../../../server/src/report/facts';

export interface InMemoryImage {
  readonly id: string;
  readonly tags?: readonly string[];
  readonly created?: number;
  readonly layers?: number;
  readonly environment?: readonly string[];
  readonly history?: readonly EngineHistoryEntry[];
}

export interface InMemoryEngine extends EnginePort {
  /** Replaces what the engine holds. */
  hold(images: readonly InMemoryImage[], cache?: readonly MeasuredCacheRecord[]): void;
  /** Tells watchers that something has changed. */
  announce(): void;
  /** From now on every question fails so; undefined mends it. */
  fail(error: Error | undefined): void;
  /** Ends the event stream, as a restart of the engine does. */
  hangUp(): void;
  /** Number of questions so far, by member. */
  readonly asked: Readonly<Record<string, number>>;
}

export function inMemoryEngine(sizeUnit: 'content' | 'blocks' = 'content'): InMemoryEngine {
  let images: readonly InMemoryImage[] = [];
  let cache: readonly MeasuredCacheRecord[] = [];
  let failure: Error | undefined;
  const watchers = new Set<{ readonly listener: () => void; readonly end: () => void }>();
  const asked: Record<string, number> = {};
  const answer = async <Value>(member: string, value: () => Value): Promise<Value> => {
    asked[member] = (asked[member] ?? 0) + 1;
    if (failure) throw failure;
    return value();
  };
  const find = (reference: string) => images.find(({ id, tags }) => id === reference || tags?.includes(reference));
  return {
    address: 'memory',
    asked,
    hold(next, nextCache = []) {
      images = next;
      cache = nextCache;
    },
    announce() {
      for (const { listener } of watchers) listener();
    },
    fail(error) {
      failure = error;
    },
    hangUp() {
      for (const { end } of [...watchers]) end();
    },
    identify: () => answer('identify', () => ({ label: 'Engine in memory', sizeUnit })),
    listImages: (limit) =>
      answer('listImages', () =>
        images.slice(0, limit).map(({ id, tags = [], created = 0 }) => ({ id, tags, created })),
      ),
    inspectImage: (reference) => answer('inspectImage', () => inspected(find(reference))),
    imageHistory: (id) => answer('imageHistory', () => find(id)?.history ?? []),
    buildCache: () => answer('buildCache', () => cache),
    watch: (listener, signal) =>
      new Promise((resolve, reject) => {
        const watcher = {
          listener,
          end: () => {
            watchers.delete(watcher);
            resolve();
          },
        };
        watchers.add(watcher);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    dispose: () => undefined,
  };
}

function inspected(image: InMemoryImage | undefined): EngineImage | undefined {
  if (!image) return undefined;
  const history = image.history ?? [];
  return {
    id: image.id,
    tags: image.tags ?? [],
    repositoryDigests: [],
    operatingSystem: 'linux',
    architecture: 'amd64',
    size: history.reduce((sum, entry) => sum + entry.size, 0),
    layerDigests: Array.from({ length: image.layers ?? history.length }, (_, index) => `sha256:${image.id}-${index}`),
    environment: image.environment ?? [],
    workdir: '',
    user: '',
    onbuild: [],
    labels: {},
  };
}
