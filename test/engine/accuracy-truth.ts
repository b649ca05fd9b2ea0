/** What a case's layers weigh: built by the engine, read from `docker history`, remembered in the cache folder. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { AccuracyCase } from './accuracy/case';
import { accuracyFolder } from './accuracy-projects';
import { apiGet, type Engine } from './engine.mjs';
import type { Entry } from './session';

/** An entry of `docker history`. */
export interface HistoryEntry {
  readonly createdBy: string;
  /** Bytes. */
  readonly size: number;
}

/** What the engine says of a built case. */
export interface Truth {
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Bytes of all layers. */
  readonly size: number;
  readonly layers: number;
}

/** Days after which a build that fetched packages is done again: what the mirrors have moves on. */
const FRESH_DAYS = 7;

/** Identifies the base images that the Dockerfile names, as the engine has them. */
async function basesOf(engine: Engine, one: AccuracyCase): Promise<string[]> {
  const names = [...one.dockerfile.matchAll(/^FROM (\S+:\S+|busybox)/gm)].map(([, name]) => name ?? '');
  const found: string[] = [];
  for (const name of new Set(names)) {
    const image = (await apiGet(engine.socket, `/images/${encodeURIComponent(name)}/json`)) as {
      RootFS: { Layers?: string[] };
    };
    found.push(name, ...(image.RootFS.Layers ?? []));
  }
  return found;
}

function fileKey(entry: Entry): unknown {
  return typeof entry === 'object' && 'bytes' in entry ? entry.bytes.toString('hex') : entry;
}

/** A digest of everything that decides what the build makes, but for what mirrors serve. */
async function keyOf(engine: Engine, one: AccuracyCase, files: Readonly<Record<string, Entry>>): Promise<string> {
  const contents = Object.entries(files).map(([name, entry]) => [name, fileKey(entry)]);
  const text = JSON.stringify([engine.imageStore, one.dockerfile, one.args, contents, await basesOf(engine, one)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

function readKept(file: string): Truth | undefined {
  if (!fs.existsSync(file)) return undefined;
  const days = (Date.now() - fs.statSync(file).mtimeMs) / 86_400_000;
  return days > FRESH_DAYS ? undefined : (JSON.parse(fs.readFileSync(file, 'utf8')) as Truth);
}

async function readImage(engine: Engine, image: string): Promise<Truth> {
  const history = (await apiGet(engine.socket, `/images/${image}/history`)) as { CreatedBy: string; Size: number }[];
  const about = (await apiGet(engine.socket, `/images/${image}/json`)) as {
    RootFS: { Layers?: string[] };
    Size: number;
  };
  return {
    history: history.reverse().map(({ CreatedBy, Size }) => ({ createdBy: CreatedBy, size: Size })),
    size: about.Size,
    layers: about.RootFS.Layers?.length ?? 0,
  };
}

const fileOf = async (engine: Engine, one: AccuracyCase, files: Readonly<Record<string, Entry>>): Promise<string> =>
  path.join(accuracyFolder('truth'), `${await keyOf(engine, one, files)}.json`);

/** The truth of a case if it was built before. */
export async function rememberedTruth(
  engine: Engine,
  one: AccuracyCase,
  files: Readonly<Record<string, Entry>>,
): Promise<Truth | undefined> {
  return readKept(await fileOf(engine, one, files));
}

/**
 * The truth of a case whose context lies in `context` (with its Dockerfile). Builds when it is not remembered. Rejects when
 * the build fails.
 */
export async function truthOf(
  engine: Engine,
  one: AccuracyCase,
  files: Readonly<Record<string, Entry>>,
  context: string,
): Promise<Truth> {
  const file = await fileOf(engine, one, files);
  const kept = readKept(file);
  if (kept !== undefined) return kept;
  const image = `strata-accuracy:${process.pid}`;
  const options = ['--network=host', '--progress=plain', '--provenance=false', '-t', image, ...(one.args ?? [])];
  await engine.docker(['build', ...options, context], { timeoutMs: 1_200_000 });
  try {
    const truth = await readImage(engine, image);
    fs.writeFileSync(file, JSON.stringify(truth));
    return truth;
  } finally {
    await engine.docker(['rmi', '-f', image], { allowFailure: true });
  }
}
