/** Packages of Node and Python that call programs, or load libraries, which only the full official image has. */
import { fullImagePackages } from './python-commands';

export interface NeedingPackage {
  readonly name: string;
  /** The package of the distribution that it needs; absent where it is one of many. */
  readonly needs?: string;
}

/** What the packages' own documentation asks for. */
const nodeNeeds: Readonly<Record<string, string>> = {
  'simple-git': 'git',
  'git-rev-sync': 'git',
  'semantic-release': 'git',
  gm: 'imagemagick',
  imagemagick: 'imagemagick',
  easyimage: 'imagemagick',
  prisma: 'openssl',
  '@prisma/client': 'openssl',
  'ps-tree': 'procps',
  'ps-list': 'procps',
  'tree-kill': 'procps',
  'find-process': 'procps',
};

/** Those that the words of an installation name, or a `package.json`. */
export function needingNode(words: readonly string[], manifest: string): readonly NeedingPackage[] {
  const named = new Set(words.map((word) => /^(@?[^@]+)/.exec(word)?.[1] ?? word));
  return Object.entries(nodeNeeds).flatMap(([name, needs]) =>
    named.has(name) || manifest.includes(`"${name}":`) ? [{ name, needs }] : [],
  );
}

/** Those that the words of an installation name, or the files of requirements and locks that it reads. */
export function needingPython(words: readonly string[], texts: readonly string[]): readonly NeedingPackage[] {
  const written = [
    ...words.map((word) => /^[\w.-]+/.exec(word)?.[0]),
    ...texts.flatMap((text) => [
      ...[...text.matchAll(/^\s*([A-Za-z0-9][\w.-]*)/gm)].map(([, name]) => name),
      ...[...text.matchAll(/^name = "([^"]+)"|^\s+"([\w.-]+)": \{/gm)].map(([, toml, json]) => toml ?? json),
    ]),
  ];
  const names = new Set(
    written.flatMap((name) => (name === undefined ? [] : [name.toLowerCase().replace(/[_.]/g, '-')])),
  );
  return [...names].filter((name) => fullImagePackages.has(name)).map((name) => ({ name }));
}
