/** What registries say of images, in the background: kept on disk, asked again now and then, never waited for. */
import { canonicalReference, parseReference } from '../images/reference';
import type { ImageFacts } from '../images/types';
import type { AnswerStore } from './answer-store';
import { messageOf } from './errors';
import { countOf, objectOf, stringOf, stringsOf } from './json-values';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, Disposable, Log } from './ports';
import type { RegistryAnswer, RegistryImage } from './registry-client';
import { readConfiguration } from './registry-documents';

/** By reference as it was asked for: facts, or the reason why there are none. What is missing is being asked. */
export type RegistryImages = ReadonlyMap<string, ImageFacts | { readonly reason: string }>;

export interface RegistrySource extends Disposable {
  /** A new map at each change. */
  current(): RegistryImages;
  /** Begins to ask; for the same again it costs nothing. */
  request(reference: string): void;
  onChange(listener: () => void): Disposable;
  /** Resolves when all that was asked for is answered, or the time for it is over. */
  settled(signal?: AbortSignal): Promise<void>;
}

export interface RegistrySourceOptions {
  readonly read: (reference: string, platform: string, signal: AbortSignal) => Promise<RegistryAnswer>;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly store: AnswerStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Another text for every change of what is kept. */
export const imageForm = 'images 1';
/** Milliseconds for which a tag counts as what it was: registries limit how often they are asked. */
const fresh = 12 * 3_600_000;
const patience = 45_000;
const firstRetry = 60_000;
const lastRetry = 1_800_000;

/** Asks nobody until asked. */
export function createRegistrySource(options: RegistrySourceOptions): RegistrySource {
  const { platform, store, clock, log } = options;
  const stop = new AbortController();
  const changed = new Listeners();
  const idle = new Listeners();
  const asked = new Set<string>();
  let images: RegistryImages = new Map();
  let underWay = 0;
  let retrying: Disposable | undefined;
  let retryDelay = firstRetry;
  const unanswered = new Set<string>();

  const put = (reference: string, answer: ImageFacts | { readonly reason: string }): void => {
    const before = images.get(reference);
    if ('reason' in answer && before !== undefined && (!('reason' in before) || before.reason === answer.reason))
      return;
    images = new Map(images).set(reference, answer);
    changed.emit();
  };

  const look = async (reference: string, canonical: string): Promise<void> => {
    const key = `${canonical} ${platform}`;
    const stored = await store.read(key);
    const kept = stored && imageFrom(stored.value);
    if (stored && kept) {
      put(reference, { reference, ...kept });
      if (clock.now() - stored.at < fresh || canonical.includes('@')) return;
    }
    const answer = await options.read(reference, platform, stop.signal);
    if (answer.kind === 'ok') {
      put(reference, { reference, ...answer.value });
      await store.write(key, answer.value);
      return;
    }
    log.info(answer.reason);
    put(reference, { reason: answer.reason });
    if (answer.again) unanswered.add(reference);
  };

  const retryLater = (): void => {
    if (unanswered.size === 0 || retrying !== undefined || stop.signal.aborted) return;
    retrying = clock.after(retryDelay, () => {
      retrying = undefined;
      retryDelay = Math.min(retryDelay * 2, lastRetry);
      const again = [...unanswered];
      unanswered.clear();
      for (const reference of again) begin(reference);
    });
  };

  const begin = (reference: string): void => {
    const parsed = parseReference(reference);
    if (parsed.kind !== 'ok') return;
    underWay += 1;
    look(reference, canonicalReference(parsed.reference))
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        log.warn(messageOf(error));
        put(reference, { reason: messageOf(error) });
      })
      .finally(() => {
        underWay -= 1;
        if (underWay > 0) return;
        idle.emit();
        retryLater();
      });
  };

  return {
    current: () => images,
    request(reference) {
      if (asked.has(reference) || stop.signal.aborted) return;
      asked.add(reference);
      begin(reference);
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      if (underWay === 0) return;
      const limit = new Listeners();
      const timer = clock.after(patience, () => limit.emit());
      try {
        await unlessAborted(Promise.race([idle.next(), limit.next()]), signal);
      } finally {
        timer.dispose();
      }
    },
    dispose() {
      stop.abort();
      retrying?.dispose();
      changed.clear();
      idle.emit();
    },
  };
}

/** A kept image with every member checked. */
function imageFrom(value: unknown): RegistryImage | undefined {
  const image = objectOf(value);
  const label = stringOf(objectOf(image?.source)?.label, 500);
  const range = objectOf(image?.sizeRange);
  const [size, low, high] = [countOf(image?.size), countOf(range?.low), countOf(range?.high)];
  const compressedSize = countOf(image?.compressedSize);
  if (!image || label === undefined || size === undefined || low === undefined || high === undefined) return undefined;
  if (compressedSize === undefined || !Array.isArray(image.layers)) return undefined;
  const layerDigests = stringsOf(image.layerDigests);
  // Read as a registry's own document, for the same checks.
  const kept = objectOf(image.configuration) ?? {};
  const configuration = readConfiguration({
    rootfs: { diff_ids: layerDigests },
    config: {
      Env: kept.environment,
      WorkingDir: kept.workdir,
      User: kept.user,
      OnBuild: kept.onbuild,
      Labels: kept.labels,
      Entrypoint: kept.entrypoint,
      Cmd: kept.command,
      Shell: kept.shell,
    },
  });
  if (configuration === undefined) return undefined;
  const text = (name: string): Readonly<Record<string, string>> => {
    const found = stringOf(image[name], 1_000);
    return found === undefined ? {} : { [name]: found };
  };
  return {
    size,
    sizeRange: { low, high },
    compressedSize,
    layerCount: image.layers.length,
    layers: image.layers.map((layer) => ({ createdBy: stringOf(objectOf(layer)?.createdBy) ?? '' })),
    configuration: configuration.configuration,
    layerDigests,
    manifestDigests: stringsOf(image.manifestDigests, 10),
    ...text('digest'),
    ...text('os'),
    ...text('packageManager'),
    ...text('architecture'),
    ...text('date'),
    source: { kind: 'registry', label },
  };
}
