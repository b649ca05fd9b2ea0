/** Go: `go mod download`, `go build`, `go install`, `go get`, `go clean`. What a build makes is told by no file: distributions stand in. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { spreadBytes } from './byte-range';
import { absolutePath, type CommandOptions, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { modulesOfMod, modulesOfSum } from './go-modules';
import { goModules, goProgram, goProgramModules, goSymbols, sumOfMany, times } from './known-spreads';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';

class GoMemory {
  /** Projects whose modules are in the module cache, and programs installed by path. */
  readonly downloaded: ReadonlySet<string>;
  /** The standard library is in the build cache. */
  readonly compiled: boolean;

  constructor(downloaded: ReadonlySet<string>, compiled: boolean) {
    this.downloaded = downloaded;
    this.compiled = compiled;
  }
}

const withValue: ReadonlySet<string> = new Set(
  `-o -p -tags -ldflags -gcflags -asmflags -gccgoflags -mod -modfile -buildmode -compiler -installsuffix -pkgdir -overlay -toolexec -run -C
  -covermode -coverpkg -count -timeout -exec -vet -bench -cpu -parallel -coverprofile`.split(/\s+/),
);

/** Bytes of archives and lists beside a module's sources, as a share of them: a zip archive takes about a quarter. */
const withArchives = 1.27;
/** The build cache after a program that only prints, and after one with net/http and crypto/tls: 21.8 MB and 62.3 MB with Go 1.19 and `-a`. */
const smallCache = 21.8e6;
const usualCache = 62.3e6;

export const go: PackageProvider = {
  manager: 'go',
  handles: (command) => command.name === 'go' || command.name === 'xx-go',
  effect(command, surroundings): PackageEffect {
    const memory = surroundings.memory instanceof GoMemory ? surroundings.memory : new GoMemory(new Set(), false);
    const words = command.words.filter((word, index) => !(index === 0 && word.value === '--wrap'));
    const [verb, second] = [words[0]?.value, words[1]?.value];
    const parts = new EffectParts(surroundings.mounted);
    switch (verb) {
      case 'mod':
        if (!['download', 'tidy', 'vendor', 'verify'].includes(second ?? '')) return { ...noEffect, memory };
        if (second === 'vendor') writeVendored(parts, command, surroundings);
        return downloadModules(parts, command, surroundings, memory);
      case 'build':
      case 'install':
      case 'get':
        return compile(parts, command, verb, words.slice(1), surroundings, memory);
      case 'run':
      case 'test':
      case 'vet': {
        const target = words.slice(1).find((word) => !(word.value ?? '-').startsWith('-'))?.value ?? '';
        if (verb === 'run' && !/@/.test(target))
          parts.unknown(t('What the program does is not known before the build'));
        const after = writeModules(parts, command, surroundings, memory);
        writeBuildCache(parts, command, surroundings, memory, goProgram(undefined).spread);
        return parts.effect(new GoMemory(after, true));
      }
      case 'generate': {
        // Sources that generators write beside their inputs.
        if (command.directory !== undefined)
          parts.tree(
            command.directory,
            { bytes: 60e3, low: 0, high: 10e6, basis: 'estimated' },
            t('generated sources'),
          );
        return parts.effect(memory);
      }
      case 'tool':
      case 'work':
        parts.unknown(t('What {0} leaves is not known before the build', `go ${verb}`));
        return parts.effect(memory);
      case 'clean': {
        const options = readOptions(words.slice(1), withValue);
        const removes = [
          ...(has(options, '-cache') ? [`${buildCache(command)}/*`] : []),
          ...(has(options, '-modcache') ? [moduleCache(command)] : []),
        ];
        return { ...noEffect, removes, memory };
      }
      default:
        return { ...noEffect, memory };
    }
  },
};

/** The image of Docker's library sets GOPATH to /go. */
function goPath(command: RunCommand): string {
  const path = command.environment.get('GOPATH')?.split(':')[0];
  return path?.startsWith('/') ? cleanPath(path) : `${homeFolder(command)}/go`;
}

function moduleCache(command: RunCommand): string {
  const chosen = command.environment.get('GOMODCACHE');
  return chosen?.startsWith('/') ? cleanPath(chosen) : `${goPath(command)}/pkg/mod`;
}

function buildCache(command: RunCommand): string {
  const chosen = command.environment.get('GOCACHE');
  if (chosen?.startsWith('/')) return cleanPath(chosen);
  const base = command.environment.get('XDG_CACHE_HOME');
  return base?.startsWith('/') ? cleanPath(`${base}/go-build`) : `${homeFolder(command)}/.cache/go-build`;
}

interface Project {
  readonly folder: string;
  readonly modules: number | undefined;
  readonly vendored: boolean;
  readonly found: boolean;
}

/** The module that a folder belongs to: its `go.sum`, searched upwards. */
function projectOf(folder: string, surroundings: ProviderSurroundings): Project {
  const { files } = surroundings;
  for (let path = folder, depth = 0; depth < 20; depth += 1) {
    const manifest = files.readText(cleanPath(`${path}/go.mod`));
    if (manifest !== undefined) {
      const sum = files.readText(cleanPath(`${path}/go.sum`));
      const counted =
        sum !== undefined && sum !== 'pending'
          ? modulesOfSum(sum)
          : manifest === 'pending'
            ? undefined
            : modulesOfMod(manifest);
      return {
        folder: path,
        modules: counted,
        vendored: files.exists(cleanPath(`${path}/vendor/modules.txt`)) === true,
        found: true,
      };
    }
    if (path === '/') break;
    path = path.replace(/\/[^/]*$/, '') || '/';
  }
  return { folder, modules: undefined, vendored: false, found: false };
}

function downloadModules(
  parts: EffectParts,
  command: RunCommand,
  surroundings: ProviderSurroundings,
  memory: GoMemory,
): PackageEffect {
  return parts.effect(new GoMemory(writeModules(parts, command, surroundings, memory), memory.compiled));
}

/** Writes the module cache unless it is there already or the modules lie in `vendor`. What is downloaded then. */
function writeModules(
  parts: EffectParts,
  command: RunCommand,
  surroundings: ProviderSurroundings,
  memory: GoMemory,
): ReadonlySet<string> {
  const cache = moduleCache(command);
  const project = command.directory === undefined ? undefined : projectOf(command.directory, surroundings);
  const key = project?.folder ?? '';
  if (project?.vendored === true || memory.downloaded.has(key)) return memory.downloaded;
  if (project?.found !== true || project.modules === undefined) {
    parts.tree(cache, spreadBytes(goProgramModules.spread, withArchives), t('Go modules'));
    parts.because(goProgramModules.source());
  } else if (project.modules > 0) {
    parts.tree(
      cache,
      spreadBytes(times(sumOfMany(goModules, project.modules), withArchives)),
      t('{0} Go modules', project.modules),
    );
    parts.because(t('{0} modules in {1}', project.modules, cleanPath(`${project.folder}/go.sum`)));
    parts.because(goModules.source());
  }
  return new Set([...memory.downloaded, key]);
}

/** `go mod vendor` copies the packages that the project imports, without what the rest of their modules has. */
function writeVendored(parts: EffectParts, command: RunCommand, surroundings: ProviderSurroundings): void {
  const project = command.directory === undefined ? undefined : projectOf(command.directory, surroundings);
  if (project === undefined) {
    parts.unknown(t('What {0} leaves is not known before the build', 'go mod vendor'));
    return;
  }
  const modules = project.modules === undefined ? goProgramModules.spread : sumOfMany(goModules, project.modules);
  const { low, middle, high } = modules;
  parts.tree(
    cleanPath(`${project.folder}/vendor`),
    spreadBytes({ low: 0.05 * low, middle: 0.4 * middle, high }),
    t('Go modules'),
  );
  parts.because(goModules.source());
}

function writeBuildCache(
  parts: EffectParts,
  command: RunCommand,
  surroundings: ProviderSurroundings,
  memory: GoMemory,
  program: { readonly low: number; readonly middle: number; readonly high: number },
): void {
  const version =
    command.environment.get('GOLANG_VERSION') ??
    /golang:(\d+\.\d+)/.exec(surroundings.system.baseReference ?? '')?.[1] ??
    '';
  // Until Go 1.19 the standard library came compiled.
  const old = /^1\.(?:\d|1\d)(?:\.|$)/.test(version);
  const standard =
    memory.compiled || old
      ? { low: 0, middle: 0, high: usualCache }
      : { low: smallCache, middle: usualCache, high: usualCache * 1.6 };
  const size: SizeRange = {
    bytes: Math.round(standard.middle + 3 * program.middle),
    low: Math.round(standard.low + (old ? program.low : 0)),
    high: Math.round(standard.high + 8 * program.high),
    basis: 'estimated',
  };
  parts.tree(buildCache(command), size, t('build cache of Go'));
}

function compile(
  parts: EffectParts,
  command: RunCommand,
  verb: 'build' | 'install' | 'get',
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: GoMemory,
): PackageEffect {
  const options = readOptions(words, withValue);
  const remote = options.positional.filter((word) => verb !== 'build' && isRemote(word));
  const folder = optionValue(options, '-C') ?? command.directory;
  const project = folder === undefined ? undefined : projectOf(folder, surroundings);
  const { spread, source } = goProgram(remote.length > 0 ? undefined : project?.modules);
  const downloaded = new Set(memory.downloaded);
  if (remote.length > 0) {
    const names = remote.map((word) => word.value ?? word.text).filter((name) => !downloaded.has(name));
    for (const name of names) downloaded.add(name);
    const modern = remote.some((word) => /@/.test(word.text)) || project?.found === true;
    // Without modules `go get` clones the sources below GOPATH/src.
    const place = modern ? moduleCache(command) : `${goPath(command)}/src`;
    if (names.length > 0) {
      parts.tree(place, spreadBytes(goProgramModules.spread, modern ? withArchives : 1), t('Go modules'));
      parts.because(goProgramModules.source());
    }
  } else {
    for (const key of writeModules(parts, command, surroundings, memory)) downloaded.add(key);
  }
  if (has(options, '-d') || (verb === 'get' && project?.found === true))
    return parts.effect(new GoMemory(downloaded, memory.compiled));
  const stripped = /(^|[\s"'=])--?[sw]\b/.test(
    words
      .map((word) => word.text)
      .join(' ')
      .replace(/^.*-ldflags/, ''),
  );
  const program =
    stripped && /-ldflags/.test(words.map((word) => word.text).join(' '))
      ? spread
      : {
          low: spread.low * goSymbols.low,
          middle: spread.middle * goSymbols.middle,
          high: spread.high * goSymbols.high,
        };
  for (const path of programPaths(command, verb, options, remote))
    parts.file(path, spreadBytes(program), t('Go program'));
  if (programPaths(command, verb, options, remote).length > 0) parts.because(source());
  writeBuildCache(parts, command, surroundings, memory, spread);
  return parts.effect(new GoMemory(downloaded, true));
}

/** `host/path@version`, not a path of the project's own. */
function isRemote(word: RunWord): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+\//i.test(word.value ?? word.text);
}

function programPaths(
  command: RunCommand,
  verb: 'build' | 'install' | 'get',
  options: CommandOptions,
  remote: readonly RunWord[],
): readonly string[] {
  const { positional } = options;
  const packages = positional.length === 0 ? ['.'] : positional.map((word) => word.value ?? word.text);
  const nameOf = (path: string): string => {
    const clean = path
      .replace(/@.*$/, '')
      .replace(/\/v\d+$/, '')
      .replace(/\/$/, '');
    const last = clean.slice(clean.lastIndexOf('/') + 1);
    if (last === '.' || last === '') return command.directory?.split('/').pop() || 'main';
    return last.endsWith('.go') || last.includes('*')
      ? verb === 'build'
        ? last.replace(/\.go$|\*.*$/, '') || 'main'
        : 'main'
      : last;
  };
  const named = packages.filter((path) => !path.endsWith('...'));
  if (verb === 'build') {
    const output = options.values.has('-o') ? optionValue(options, '-o') : undefined;
    if (options.values.has('-o')) {
      const path = output === undefined ? undefined : absolutePath(command, output);
      if (path === undefined) return [];
      return output?.endsWith('/') ? named.map((name) => `${path}/${nameOf(name)}`) : [path];
    }
    // Several packages are compiled only to see whether they compile.
    const only = named.length === 1 && packages.length === 1 ? named[0] : undefined;
    const path = only === undefined ? undefined : absolutePath(command, nameOf(only));
    return path === undefined ? [] : [path];
  }
  const bin = command.environment.get('GOBIN');
  const folder = bin?.startsWith('/') ? cleanPath(bin) : `${goPath(command)}/bin`;
  const programs =
    verb === 'get' ? remote.map((word) => word.value ?? word.text).filter((path) => !path.endsWith('...')) : named;
  return programs.map((path) => `${folder}/${nameOf(path)}`);
}
