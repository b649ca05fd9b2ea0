/** The Docker Engine API behind `EnginePort`: what is asked, and what is believed of the answers. */

import { t } from '../localize';
import type { MeasuredCacheRecord } from '../report/facts';
import { type AnswerLimits, EngineError, silent, type Transport } from './engine-transport';
import {
  arrayOf,
  countOf,
  isoDateOf,
  isoDateOfSeconds,
  objectOf,
  stringMapOf,
  stringOf,
  stringsOf,
} from './json-values';
import type { EngineHistoryEntry, EngineIdentity, EngineImage, EngineImageSummary, EnginePort } from './ports';

/**
 * The newest API version whose answers are read here. A fixed one, because later versions drop fields
 * (1.52 took the build cache list out of `/system/df`).
 */
const preferredVersion = '1.47';

/** Identification decides whether there is an engine at all, so it may not take long. */
const identifyLimits: AnswerLimits = { milliseconds: 3_000, bytes: 1_000_000 };
const listLimits: AnswerLimits = { milliseconds: 8_000, bytes: 32_000_000 };
const imageLimits: AnswerLimits = { milliseconds: 5_000, bytes: 4_000_000 };
const maximumCacheRecords = 5_000;
const maximumHistory = 2_000;
/** Layers an image can have at most (moby: `MaxLayerDepth` is 125; other stores allow more). */
const maximumLayers = 1_000;

/** An engine that is reached through the transport. */
export function createEngineClient(transport: Transport): EnginePort {
  let prefix: Promise<string> | undefined;

  /** `/v1.47`, or the nearest version that the engine speaks. */
  const versioned = (signal: AbortSignal): Promise<string> => {
    prefix ??= transport.json('/version', identifyLimits, signal).then(
      (answer) => `/v${negotiate(answer, transport.address)}`,
      (error: unknown) => {
        prefix = undefined;
        throw error;
      },
    );
    return prefix;
  };
  const get = async (path: string, limits: AnswerLimits, signal: AbortSignal) =>
    transport.json((await versioned(signal)) + path, limits, signal);

  return {
    address: transport.address,
    async identify(signal) {
      prefix = undefined;
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(identifyLimits.milliseconds)]);
      try {
        // What is read of it is the same in all versions, so that it need not wait for the answer which of them to use.
        const [, info] = await Promise.all([versioned(deadline), transport.json('/info', identifyLimits, deadline)]);
        return readIdentity(info);
      } catch (error) {
        if (signal.aborted || error instanceof EngineError) throw error;
        throw silent(transport.address);
      }
    },
    async listImages(limit, signal) {
      return readImages(await get('/images/json', listLimits, signal), limit);
    },
    async inspectImage(reference, signal) {
      try {
        const path = `/images/${reference.split('/').map(encodeURIComponent).join('/')}/json`;
        return readImage(await get(path, imageLimits, signal));
      } catch (error) {
        if (error instanceof EngineError && error.failure === 'missing') return undefined;
        throw error;
      }
    },
    async imageHistory(id, signal) {
      return readHistory(await get(`/images/${encodeURIComponent(id)}/history`, imageLimits, signal));
    },
    async buildCache(signal) {
      return readBuildCache(await get('/system/df?type=build-cache', listLimits, signal));
    },
    async watch(listener, signal) {
      const filters = encodeURIComponent(JSON.stringify({ type: ['image', 'builder'] }));
      await transport.lines(`${await versioned(signal)}/events?filters=${filters}`, listener, signal);
    },
    dispose: () => transport.dispose(),
  };
}

/** The API version to use with an engine that answers `/version` so. */
export function negotiate(answer: unknown, address: string): string {
  const version = objectOf(answer);
  const newest = stringOf(version?.ApiVersion);
  if (newest === undefined || !/^\d+\.\d+$/.test(newest)) {
    throw new EngineError('malformed', t('What answers at {0} is not a Docker engine. Check DOCKER_HOST.', address));
  }
  const oldest = stringOf(version?.MinAPIVersion) ?? newest;
  if (compareVersions(newest, preferredVersion) < 0) return newest;
  return compareVersions(oldest, preferredVersion) > 0 && /^\d+\.\d+$/.test(oldest) ? oldest : preferredVersion;
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

/** From `/info`. With the containerd image store the driver status names the snapshotter as driver type. */
export function readIdentity(answer: unknown): EngineIdentity {
  const info = objectOf(answer) ?? {};
  const driver = stringOf(info.Driver, 100);
  const version = stringOf(info.ServerVersion, 100);
  const status = arrayOf(info.DriverStatus, 100).map((row) => stringsOf(row));
  const containerd = status.some(
    ([name, value]) => name === 'driver-type' && value?.startsWith('io.containerd.') === true,
  );
  return {
    label: `Docker Engine${version ? ` ${version}` : ''}${driver ? ` (${driver})` : ''}`,
    sizeUnit: containerd ? 'blocks' : 'content',
  };
}

/** From `/images/json`: the newest first. */
export function readImages(answer: unknown, limit: number): readonly EngineImageSummary[] {
  const images: EngineImageSummary[] = [];
  for (const each of arrayOf(answer, 50_000)) {
    const row = objectOf(each);
    const id = stringOf(row?.Id, 200);
    if (!row || id === undefined) continue;
    images.push({ id, tags: tagsOf(row.RepoTags), created: (countOf(row.Created) ?? 0) * 1000 });
  }
  return images.sort((a, b) => b.created - a.created).slice(0, limit);
}

function tagsOf(value: unknown): readonly string[] {
  return stringsOf(value, 100).filter((tag) => !tag.includes('<none>'));
}

/** From `/images/{name}/json`. */
export function readImage(answer: unknown): EngineImage | undefined {
  const image = objectOf(answer);
  const id = stringOf(image?.Id, 200);
  if (!image || id === undefined) return undefined;
  const config = objectOf(image.Config) ?? {};
  const createdAt = isoDateOf(image.Created);
  return {
    id,
    tags: tagsOf(image.RepoTags),
    repositoryDigests: stringsOf(image.RepoDigests, 100),
    ...(createdAt !== undefined && { createdAt }),
    operatingSystem: stringOf(image.Os, 100) ?? '',
    architecture: stringOf(image.Architecture, 100) ?? '',
    size: countOf(image.Size) ?? 0,
    layerDigests: stringsOf(objectOf(image.RootFS)?.Layers, maximumLayers),
    environment: stringsOf(config.Env),
    workdir: stringOf(config.WorkingDir) ?? '',
    user: stringOf(config.User) ?? '',
    onbuild: stringsOf(config.OnBuild),
    labels: stringMapOf(config.Labels),
    ...words('entrypoint', config.Entrypoint),
    ...words('command', config.Cmd),
    ...words('shell', config.Shell),
  };
}

/** The member only when the engine gave a list; `null` stands for "not set". */
function words<Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: readonly string[] } {
  return Array.isArray(value) ? ({ [name]: stringsOf(value) } as { [Key in Name]: readonly string[] }) : {};
}

/** From `/images/{id}/history`, which lists the top first. */
export function readHistory(answer: unknown): readonly EngineHistoryEntry[] {
  const entries: EngineHistoryEntry[] = [];
  for (const each of arrayOf(answer, maximumHistory)) {
    const row = objectOf(each);
    if (!row) continue;
    const createdAt = isoDateOfSeconds(row.Created);
    entries.push({
      createdBy: stringOf(row.CreatedBy, 100_000) ?? '',
      size: countOf(row.Size) ?? 0,
      ...(createdAt !== undefined && { createdAt }),
    });
  }
  return entries.reverse();
}

/** From `/system/df?type=build-cache`. Engines write the key of the parents with a leading space. */
export function readBuildCache(answer: unknown): readonly MeasuredCacheRecord[] {
  const records: MeasuredCacheRecord[] = [];
  for (const each of arrayOf(objectOf(answer)?.BuildCache, maximumCacheRecords)) {
    const row = objectOf(each);
    const id = stringOf(row?.ID, 200);
    if (!row || id === undefined) continue;
    const listed = stringsOf(row[' Parents'] ?? row.Parents);
    const parent = stringOf(row.Parent, 200);
    const createdAt = isoDateOf(row.CreatedAt);
    records.push({
      id,
      parents: listed.length > 0 || !parent ? listed : [parent],
      description: stringOf(row.Description, 100_000) ?? '',
      size: countOf(row.Size) ?? 0,
      ...(createdAt !== undefined && { createdAt }),
    });
  }
  return records;
}
