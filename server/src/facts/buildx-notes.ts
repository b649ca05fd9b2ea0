/** What the buildx client of this user keeps: notes of its builds, and which builder it uses. Read only, without its lock. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { t } from '../localize';
import { type JsonObject, objectOf, stringOf } from './json-values';

/** Where a build was started from (buildx localstate: `State`). */
export interface ClientNote {
  /** Absolute path of the context folder, `-` for standard input, or a URL. */
  readonly contextPath: string;
  /** Absolute path of the Dockerfile, `-`, a URL, or empty for the one in the context. */
  readonly dockerfilePath: string;
}

export interface ClientPlaces {
  /** Docker's configuration folder. */
  readonly docker: string;
  /** The buildx folder (buildx util/confutil: `NewConfig`). */
  readonly buildx: string;
}

const maximumBytes = 1_000_000;
const maximumFolders = 100;

/** The folders as the command line finds them: `DOCKER_CONFIG`, `BUILDX_CONFIG`. */
export function clientPlaces(
  environment: Readonly<Record<string, string | undefined>>,
  home = homedir(),
): ClientPlaces {
  const docker = environment.DOCKER_CONFIG || join(home, '.docker');
  return { docker, buildx: environment.BUILDX_CONFIG || join(docker, 'buildx') };
}

/** The note of a build; undefined when this user's client has none. Looks under every builder, whatever its name. */
export async function readClientNote(places: ClientPlaces, reference: string): Promise<ClientNote | undefined> {
  return noteIn(await noteFolders(places), reference);
}

/** The same for many builds at a time, with the folders listed once and each note read once: for a program that ends soon. */
export function clientNotes(places: ClientPlaces): (reference: string) => Promise<ClientNote | undefined> {
  const nodes = noteFolders(places);
  const known = new Map<string, Promise<ClientNote | undefined>>();
  return (reference) => {
    let note = known.get(reference);
    if (note === undefined) {
      note = nodes.then((found) => noteIn(found, reference));
      known.set(reference, note);
    }
    return note;
  };
}

/** More notes than this are not read. */
const maximumNotes = 2_000;

/**
 * Whether this user may have built from another folder of the same name: the builder then had one copy of both contexts (buildx
 * build/opt.go: the last part of the path is `SharedKey`; BuildKit source/local/source.go: `snapshot`). True also where there are too
 * many notes to read them.
 */
export async function hasNamesake(places: ClientPlaces, contextPath: string): Promise<boolean> {
  const own = await realpath(contextPath).catch(() => contextPath);
  const names = new Set([basename(contextPath), basename(own)]);
  let left = maximumNotes;
  for (const node of await noteFolders(places)) {
    const references = await readdir(node).catch(() => []);
    left -= references.length;
    if (left < 0) return true;
    const notes = await Promise.all(references.map((reference) => noteIn([node], reference)));
    const others = new Set(notes.flatMap((note) => (note === undefined ? [] : [note.contextPath])));
    for (const path of others) {
      if (!names.has(basename(path))) continue;
      if ((await realpath(path).catch(() => path)) !== own) return true;
    }
  }
  return false;
}

/** Folders of notes under every builder. */
async function noteFolders(places: ClientPlaces): Promise<readonly string[]> {
  const references = join(places.buildx, 'refs');
  const nodes: string[] = [];
  for (const builder of await folders(references)) {
    if (builder === '__group__') continue;
    for (const node of await folders(join(references, builder))) nodes.push(join(references, builder, node));
  }
  return nodes;
}

async function noteIn(nodes: readonly string[], reference: string): Promise<ClientNote | undefined> {
  if (!/^[a-z0-9]+$/i.test(reference)) return undefined;
  for (const node of nodes) {
    const note = await readJson(join(node, reference));
    const contextPath = stringOf(note?.LocalPath);
    if (note && contextPath) return { contextPath, dockerfilePath: stringOf(note.DockerfilePath) ?? '' };
  }
  return undefined;
}

/**
 * Why the next `docker build` does not use the builder inside the engine; undefined when it does. Without `BUILDX_BUILDER`
 * and without the alias that `docker buildx install` writes, `docker build` uses the engine's own one, whatever
 * `docker buildx use` has chosen (docker/cli cmd/docker/builder.go: `processBuilder`).
 */
export async function otherBuilder(
  places: ClientPlaces,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const config = await readJson(join(places.docker, 'config.json'));
  const context = environment.DOCKER_HOST
    ? 'default'
    : environment.DOCKER_CONTEXT || stringOf(config?.currentContext) || 'default';
  const named = environment.BUILDX_BUILDER;
  if (named) return foreign(places, named, context);
  if (objectOf(config?.aliases)?.builder === undefined) return undefined;
  const current = await readJson(join(places.buildx, 'current'));
  const chosen = stringOf(current?.Name);
  const here = environment.DOCKER_HOST ?? (context === 'default' ? '' : context);
  if (!chosen || !(current?.Global === true || current?.Key === here)) return undefined;
  return foreign(places, chosen, context);
}

/** Builders that were created have a file; other names are those of Docker contexts (buildx storeutil: `GetNodeGroup`). */
async function foreign(places: ClientPlaces, name: string, context: string): Promise<string | undefined> {
  const file = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name)
    ? await readJson(join(places.buildx, 'instances', name))
    : undefined;
  const driver = file ? (stringOf(file.Driver, 100) ?? '') : 'docker';
  if (driver === 'docker' && (file !== undefined || name === context)) return undefined;
  return t(
    'Builds use the builder "{0}" ({1}), whose cache Strata does not read; it reads that of the engine\'s own builder.',
    name,
    driver,
  );
}

async function folders(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .slice(0, maximumFolders);
  } catch {
    // A user who never ran buildx has none.
    return [];
  }
}

async function readJson(path: string): Promise<JsonObject | undefined> {
  try {
    if ((await stat(path)).size > maximumBytes) return undefined;
    return objectOf(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // buildx too takes what is missing or damaged for nothing.
    return undefined;
  }
}
