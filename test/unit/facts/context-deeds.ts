/** What people and tools do to a build context, drawn at random. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** Something that a person or a tool does to the two folders `context` and `other`; it tells the paths that change. */
type Deed = (root: string) => readonly string[];

const places = ['a', 'd', 'd/b', 'd/s', 'd/s/c', 'e', 'e/b', 'e/s', 'e/s/c', 'n', 'd/n'];

/** Does it as far as it can be done, and tells the paths in any case. */
function attempt(paths: readonly string[], deed: () => void): readonly string[] {
  try {
    deed();
  } catch (error) {
    // A file where a directory was, and the like.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  return paths;
}

const deeds: readonly ((place: string, other: string, text: string) => Deed)[] = [
  (place, _, text) => (root) =>
    attempt([place], () => {
      writeFileSync(join(root, 'context', place), text);
    }),
  (place, _, text) => (root) =>
    attempt([`${place}.tmp`, place], () => {
      writeFileSync(join(root, 'context', `${place}.tmp`), text);
      renameSync(join(root, 'context', `${place}.tmp`), join(root, 'context', place));
    }),
  (place, _, text) => (root) =>
    attempt([place], () => {
      const { atime, mtime } = lstatSync(join(root, 'context', place));
      writeFileSync(join(root, 'context', place), text);
      utimesSync(join(root, 'context', place), atime, mtime);
    }),
  (place) => (root) =>
    attempt([place], () => {
      rmSync(join(root, 'context', place), { recursive: true, force: true });
    }),
  (place) => (root) =>
    attempt([place], () => {
      mkdirSync(join(root, 'context', place));
    }),
  (place, other) => (root) =>
    attempt([place, other], () => {
      renameSync(join(root, 'context', place), join(root, 'context', other));
    }),
  // Exchanges two places, then hides it from the times of the directories that were moved.
  (place, other, text) => (root) =>
    attempt([place, other, 'free', `${place}/passing`], () => {
      const [from, to, free] = [place, other, 'free'].map((path) => join(root, 'context', path)) as [
        string,
        string,
        string,
      ];
      renameSync(from, free);
      try {
        renameSync(to, from);
      } finally {
        renameSync(free, existsSync(from) ? to : from);
      }
      if (lstatSync(from).isDirectory()) {
        writeFileSync(join(from, 'passing'), text);
        rmSync(join(from, 'passing'));
      }
    }),
  (place, _, text) => (root) =>
    attempt([place], () => {
      const isDirectory = lstatSync(join(root, 'context', place)).isDirectory();
      chmodSync(join(root, 'context', place), text === '0' ? 0o755 : isDirectory ? 0o711 : 0o644);
    }),
  (place, other) => (root) =>
    attempt([place], () => {
      symlinkSync(`/${other}`, join(root, 'context', place));
    }),
  (place, other) => (root) =>
    attempt([place, other], () => {
      linkSync(join(root, 'context', place), join(root, 'context', other));
    }),
  // Another folder takes the place of the whole context, and then something happens in it.
  (_, __, text) => (root) => {
    renameSync(join(root, 'context'), join(root, 'free'));
    renameSync(join(root, 'other'), join(root, 'context'));
    renameSync(join(root, 'free'), join(root, 'other'));
    if (text !== '0') {
      writeFileSync(join(root, 'context', 'passing'), text);
      rmSync(join(root, 'context', 'passing'));
    }
    return [''];
  },
  (place, _, text) => (root) => {
    if (text === '0') rmSync(join(root, 'context', '.dockerignore'), { force: true });
    else writeFileSync(join(root, 'context', '.dockerignore'), `${place}\n`);
    return ['.dockerignore'];
  },
  (place) => (root) => {
    writeFileSync(join(root, 'context', 'Dockerfile.dockerignore'), `${place}\n`);
    return ['Dockerfile.dockerignore'];
  },
  () => (root) => {
    rmSync(join(root, 'context', 'Dockerfile.dockerignore'), { force: true });
    return ['Dockerfile.dockerignore'];
  },
];

/** A deed with its description. */
export interface DrawnDeed {
  readonly act: Deed;
  readonly text: string;
}

export const drawnDeed: fc.Arbitrary<DrawnDeed> = fc
  .tuple(
    fc.constantFrom(...deeds),
    fc.constantFrom(...places),
    fc.constantFrom(...places),
    fc.constantFrom('0', '1', '2'),
  )
  .map(([make, place, other, text]) => ({
    act: make(place, other, text),
    text: `${deeds.indexOf(make)} ${place} ${other} ${text}`,
  }));

/** Makes the folders `context` and `other` below `root`, with files of different contents. */
export function makeGround(root: string): void {
  for (const name of ['context', 'other']) {
    for (const place of ['d/s', 'e/s']) mkdirSync(join(root, name, place), { recursive: true });
    for (const file of ['a', 'd/b', 'd/s/c', 'e/b', 'e/s/c']) writeFileSync(join(root, name, file), `${name} ${file}`);
  }
}
