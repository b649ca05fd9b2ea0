/** Where walks begin: the corpus, the cases of the refactorings' own tests, whole applications, or Dockerfiles of other people. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDockerfileName, readDockerfiles, type SourceFile } from '../../corpus/sources';
import type { Random } from '../random';
import { randomContext } from './projects';
import type { ContextFiles, Scene } from './scene';
import { randomVariant } from './variants';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
/** Long generated files would take all the time and teach nothing more. */
const MOST_CHARACTERS = 20_000;

interface Origin {
  readonly name: string;
  readonly text: string;
  /** What surrounds it, where that is known. */
  readonly files?: Exclude<ContextFiles, undefined>;
}

/** Draws scenes of the project's own test files. Rejects when they cannot be read. */
export async function ownScenes(): Promise<(random: Random) => Scene> {
  const corpus = await readDockerfiles(join(FIXTURES, 'corpus'));
  return drawScenes([corpus, [...ruleCases(), ...applications()]]);
}

/** Draws scenes of the Dockerfiles below directories. Rejects when there is none. */
export async function foundScenes(directories: readonly string[]): Promise<(random: Random) => Scene> {
  const files = (await Promise.all(directories.map(readDockerfiles))).flat();
  if (files.length === 0) throw new Error(`no Dockerfile below ${directories.join(', ')}`);
  return drawScenes([files]);
}

/** Each group has the same share. */
function drawScenes(groups: readonly (readonly (SourceFile | Origin)[])[]): (random: Random) => Scene {
  const all = groups.map((group) => group.filter(({ text }) => text.length < MOST_CHARACTERS));
  const texts = all.flat().map(({ text }) => text);
  return (random) => {
    const origin: Origin = random.pick(random.pick(all));
    const text = randomVariant(origin.text, random, texts);
    const files =
      origin.files === undefined || random.chance(0.1)
        ? randomContext(text, random)
        : { Dockerfile: text, ...origin.files };
    return { name: origin.name, text, files, indexed: random.chance(0.5) };
  };
}

function folders(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function ruleCases(): readonly Origin[] {
  const root = join(FIXTURES, 'refactor');
  return folders(root).flatMap((rule) =>
    folders(join(root, rule)).map((name): Origin => {
      const folder = join(root, rule, name);
      const scenario = join(folder, 'scenario.json');
      const known: unknown = existsSync(scenario) ? JSON.parse(readFileSync(scenario, 'utf8')) : {};
      const files = filesOf(known);
      return {
        name: `${rule}/${name}`,
        text: readFileSync(join(folder, 'Dockerfile'), 'utf8'),
        ...(files && { files }),
      };
    }),
  );
}

function filesOf(scenario: unknown): Exclude<ContextFiles, undefined> | undefined {
  if (typeof scenario !== 'object' || scenario === null || !('files' in scenario)) return undefined;
  const { files } = scenario;
  if (typeof files !== 'object' || files === null) return undefined;
  return Object.fromEntries(Object.entries(files).filter(([, text]) => typeof text === 'string'));
}

function applications(): readonly Origin[] {
  const root = join(FIXTURES, 'split-applications');
  return folders(root).flatMap((name) => {
    const folder = join(root, name);
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort();
    const files = Object.fromEntries(
      paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')]),
    );
    return Object.entries(files)
      .filter(([path]) => isDockerfileName(path))
      .map(([path, text]): Origin => ({ name: `${name}/${path}`, text, files }));
  });
}
