/** Maven: downloads go to `~/.m2`, results to `target`. `pom.xml` tells how many libraries; their sizes are those of Debian's Java libraries. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { addBytes, exactBytes, spreadBytes } from './byte-range';
import { absolutePath, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { javaLibraries, mavenPlugins, sumOfMany } from './known-spreads';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';

const withValue: ReadonlySet<string> = new Set('-f --file -s --settings -pl --projects -P -T -t -l -gs -rf'.split(' '));
const compiling =
  /^(?:compile|test|test-compile|package|verify|install|deploy|integration-test|spring-boot:.*|assembly:.*|process-.*)$/;

class MavenMemory {
  /** Repositories that hold what the project needs. */
  readonly downloaded: ReadonlySet<string>;

  constructor(downloaded: ReadonlySet<string>) {
    this.downloaded = downloaded;
  }
}

interface Project {
  readonly libraries: number;
  /** The archive holds the libraries too. */
  readonly packsLibraries: boolean;
  readonly sources: SizeRange;
}

const mostCharacters = 2_000_000;

/** What `pom.xml` says; undefined when it can't be read, or refers to modules of its own. */
function projectOf(folder: string, { files }: ProviderSurroundings): Project | undefined {
  const text = files.readText(cleanPath(`${folder}/pom.xml`));
  if (
    text === undefined ||
    text === 'pending' ||
    text.length > mostCharacters ||
    !/<project[\s>]/.test(text) ||
    /<modules>/.test(text)
  ) {
    return undefined;
  }
  // Dependencies of plugins and the versions that are only managed do not count.
  const managed = without(without(text, '<!--', '-->'), '<dependencyManagement>', '</dependencyManagement>');
  const own = without(managed, '<build>', '</build>');
  return {
    libraries: (own.match(/<dependency>/g) ?? []).length,
    packsLibraries: /spring-boot-maven-plugin|maven-shade-plugin|jar-with-dependencies|<packaging>war</.test(text),
    sources: files.sizeOf(cleanPath(`${folder}/src`)),
  };
}

/** The text without all that stands between two marks; without the rest when the second one is missing. */
function without(text: string, from: string, to: string): string {
  const kept: string[] = [];
  let position = 0;
  for (let start = text.indexOf(from); start >= 0; start = text.indexOf(from, position)) {
    kept.push(text.slice(position, start));
    const end = text.indexOf(to, start);
    if (end < 0) return kept.join('');
    position = end + to.length;
  }
  return kept.join('') + text.slice(position);
}

function writeRepository(parts: EffectParts, repository: string, project: Project | undefined): void {
  if (parts.isMounted(repository)) return;
  if (project === undefined) {
    // Three to fifty libraries named; those of `pom.xml` in the files of the corpus number 2 to 30.
    const libraries = {
      low: sumOfMany(javaLibraries, 3).low,
      middle: sumOfMany(javaLibraries, 12).middle,
      high: sumOfMany(javaLibraries, 50).high,
    };
    parts.tree(repository, addBytes(spreadBytes(mavenPlugins.spread), spreadBytes(libraries)), t('Maven repository'));
    parts.because(mavenPlugins.source());
    parts.because(javaLibraries.source());
    return;
  }
  const libraries = spreadBytes(sumOfMany(javaLibraries, project.libraries));
  parts.tree(repository, addBytes(spreadBytes(mavenPlugins.spread), libraries), t('Maven repository'));
  parts.because(mavenPlugins.source());
  if (project.libraries > 0) parts.because(javaLibraries.source());
}

/** Classes and archives of a project that cannot be read: those of a small tool, of a service with its libraries packed. */
const unreadTarget = { low: 10e3, middle: 12e6, high: 160e6 };

/** Classes take about what their sources take; an archive that holds the libraries is as large as they are. */
function targetSize(project: Project | undefined, goals: readonly string[]): SizeRange {
  if (project === undefined || project.sources.bytes === null || project.sources.high === null) {
    return spreadBytes(unreadTarget);
  }
  const { sources, libraries, packsLibraries } = project;
  const packs =
    packsLibraries && !goals.every((goal) => /^(clean|compile|test|test-compile|dependency:.*)$/.test(goal));
  const packed = packs ? spreadBytes(sumOfMany(javaLibraries, libraries)) : exactBytes(0);
  const classes: SizeRange = {
    bytes: Math.round(project.sources.bytes * 1.3) + 10_000,
    low: Math.round(sources.low * 0.1) + 500,
    high: Math.round(project.sources.high * 4) + 200_000,
    basis: 'estimated',
  };
  return addBytes(classes, packed);
}

export const maven: PackageProvider = {
  manager: 'maven',
  handles: (command) => ['mvn', 'mvnw', 'mvnd'].includes(command.name ?? ''),
  effect(command, surroundings): PackageEffect {
    const options = readOptions(command.words, withValue);
    const goals = options.positional.map((word) => word.value ?? word.text);
    if (goals.length === 0) return { ...noEffect, memory: surroundings.memory };
    const parts = new EffectParts(surroundings.mounted);
    const file = optionValue(options, '-f', '--file');
    const folder = absolutePath(command, file === undefined ? '.' : file.replace(/\/?pom\.xml$/, '') || '.');
    const project = folder === undefined ? undefined : projectOf(folder, surroundings);
    const memory = surroundings.memory instanceof MavenMemory ? surroundings.memory : new MavenMemory(new Set());
    const repository = repositoryFolder(command);
    if (!memory.downloaded.has(repository)) writeRepository(parts, repository, project);
    if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', 'mvn'));
    else if (goals.some((goal) => compiling.test(goal))) {
      const target = cleanPath(`${folder}/target`);
      if (goals.includes('clean')) parts.remove(target);
      if (!parts.isMounted(target)) parts.tree(target, targetSize(project, goals), t('compiled classes and archives'));
    } else if (goals.includes('clean')) parts.remove(cleanPath(`${folder}/target`));
    return parts.effect(new MavenMemory(new Set([...memory.downloaded, repository])));
  },
};

function repositoryFolder(command: RunCommand): string {
  const set = command.words
    .map((word) => /^-Dmaven\.repo\.local=(\/.*)$/.exec(word.value ?? '')?.[1])
    .find((path) => path !== undefined);
  return cleanPath(set ?? `${homeFolder(command)}/.m2`);
}
