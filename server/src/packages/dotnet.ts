/** .NET: `dotnet restore`, `build`, `publish`, `tool install`, `nuget locals --clear`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { addBytes, scaleBytes, spreadBytes, unknownBytes } from './byte-range';
import { absolutePath, type CommandOptions, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';
import { nugetSet } from './unread-sets';

const withValue: ReadonlySet<string> = new Set(
  `-o --output -c --configuration -f --framework -r --runtime -a --arch --os -v --verbosity --source -s --packages --configfile
  --add-source --tool-path --version --artifacts-path -p --tool-manifest`.split(/\s+/),
);

export const dotnet: PackageProvider = {
  manager: 'dotnet',
  handles: (command) => command.name === 'dotnet',
  effect(command, surroundings): PackageEffect {
    const words = command.words;
    const verb = words[0]?.value;
    const parts = new EffectParts(surroundings.mounted);
    switch (verb) {
      case 'restore':
      case 'build':
      case 'publish':
      case 'pack':
      case 'test':
        return buildEffect(parts, command, verb, words.slice(1), surroundings);
      case 'tool': {
        if (!['install', 'restore', 'update'].includes(words[1]?.value ?? '')) return noEffect;
        const options = readOptions(words.slice(2), withValue);
        const chosen = optionValue(options, '--tool-path');
        const folder = chosen === undefined ? `${homeFolder(command)}/.dotnet/tools` : absolutePath(command, chosen);
        if (folder === undefined)
          parts.unknown(t('What {0} leaves is not known before the build', 'dotnet tool install'));
        else {
          // PowerShell's package for Linux holds the program and its modules.
          const shell = options.positional.some((word) => /^powershell/i.test(word.value ?? ''));
          const spread = shell ? { low: 90e6, middle: 170e6, high: 260e6 } : { low: 1e6, middle: 15e6, high: 150e6 };
          parts.tree(folder, spreadBytes(spread), t('.NET tool'));
          parts.because(t('NuGet packages are taken to be of the usual size'));
        }
        return parts.effect();
      }
      case 'nuget': {
        const clears =
          words.some((word) => word.value === 'locals') &&
          words.some((word) => /^(--clear|-c)$/.test(word.value ?? ''));
        return clears
          ? { ...noEffect, removes: [packageFolder(command), `${homeFolder(command)}/.local/share/NuGet`] }
          : noEffect;
      }
      case 'workload':
        if (words[1]?.value !== 'install') return noEffect;
        parts.unknown(t('What {0} leaves is not known before the build', 'dotnet workload install'));
        return parts.effect();
      default:
        // The first command of an SDK writes a marker and a certificate for development of a few kilobytes.
        parts.tree(
          `${homeFolder(command)}/.dotnet`,
          { bytes: 3e3, low: 0, high: 12e3, basis: 'estimated' },
          t('first use of the SDK'),
        );
        return parts.effect();
    }
  },
};

function packageFolder(command: RunCommand): string {
  const chosen = command.environment.get('NUGET_PACKAGES');
  return chosen?.startsWith('/') ? cleanPath(chosen) : `${homeFolder(command)}/.nuget/packages`;
}

interface Project {
  readonly folder: string;
  /** Packages named by the project and those it refers to; undefined when a file can't be read. */
  readonly packages: number | undefined;
  /** It takes the runtime along or is compiled to machine code. */
  readonly selfContained: boolean;
}

/** Reads the project file of the command line, or the only one in the folder, and those it refers to. */
function projectOf(
  command: RunCommand,
  options: CommandOptions,
  surroundings: ProviderSurroundings,
): Project | undefined {
  const { files } = surroundings;
  const named = options.positional[0];
  const start =
    named === undefined
      ? command.directory
      : named.value === undefined
        ? undefined
        : absolutePath(command, named.value);
  if (start === undefined) return undefined;
  const isFile = /\.(?:cs|fs|vb)proj$/.test(start);
  const folder = isFile ? start.replace(/\/[^/]*$/, '') || '/' : start.replace(/\/[^/]*\.sln[x]?$/, '');
  const first = isFile ? start : files.list(folder).find((name) => /\.(?:cs|fs|vb)proj$/.test(name));
  if (first === undefined) return { folder, packages: undefined, selfContained: false };
  const queue = [isFile ? start : cleanPath(`${folder}/${first}`)];
  let packages: number | undefined = 0;
  let selfContained = has(options, '--self-contained', '--sc') && optionValue(options, '--self-contained') !== 'false';
  for (let index = 0; index < queue.length && index < 100; index += 1) {
    const path = queue[index] ?? '';
    const text = files.readText(path);
    if (text === undefined || text === 'pending' || text.length > 1_000_000) {
      packages = undefined;
      continue;
    }
    if (packages !== undefined) packages += (text.match(/<PackageReference\s/g) ?? []).length;
    if (
      /<(PublishAot|SelfContained|PublishSelfContained|PublishTrimmed|PublishSingleFile|PublishReadyToRun)>\s*true/i.test(
        text,
      )
    )
      selfContained = true;
    for (const [, reference = ''] of text.matchAll(/<ProjectReference\s+Include="([^"]{1,500})"/g)) {
      const target = cleanPath(`${path.replace(/\/[^/]*$/, '')}/${reference.replaceAll('\\', '/')}`);
      if (!queue.includes(target)) queue.push(target);
    }
  }
  return { folder, packages, selfContained };
}

function buildEffect(
  parts: EffectParts,
  command: RunCommand,
  verb: 'restore' | 'build' | 'publish' | 'pack' | 'test',
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
): PackageEffect {
  const options = readOptions(words, withValue);
  const project = projectOf(command, options, surroundings);
  if (project === undefined) {
    parts.unknown(t('What {0} leaves is not known before the build', `dotnet ${verb}`));
    return parts.effect();
  }
  const plain = project.packages === 0 && !project.selfContained;
  const packages = packageFolder(command);
  const restores = verb === 'restore' || !has(options, '--no-restore');
  if (restores && !plain && !parts.isMounted(packages)) {
    parts.tree(packages, spreadBytes(nugetSet(project.packages)), t('NuGet packages'));
    parts.because(t('NuGet packages are taken to be of the usual size'));
  }
  // project.assets.json and its companions, of a project without packages.
  parts.tree(
    cleanPath(`${project.folder}/obj`),
    { bytes: 25e3, low: 4e3, high: verb === 'restore' ? 400e3 : 4e6, basis: 'estimated' },
    t('intermediate files of .NET'),
  );
  if (verb === 'restore') return parts.effect();
  const output = optionValue(options, '-o', '--output');
  const target = absolutePath(command, output ?? `${project.folder}/bin`);
  if (target === undefined) parts.unknown(t('What {0} leaves is not known before the build', `dotnet ${verb}`));
  else parts.tree(target, builtSize(project, surroundings), t('.NET application'));
  if (output !== undefined) {
    parts.tree(cleanPath(`${project.folder}/bin`), builtSize(project, surroundings), t('.NET application'));
  }
  if (!plain) parts.because(t('NuGet packages are taken to be of the usual size'));
  if (plain) parts.because(t('A .NET application without packages: its assembly, its starter and the files it serves'));
  return parts.effect();
}

/** An application that needs the shared runtime: the starter takes 70 kB, the rest comes from the project's own files. */
function applicationSize(sources: SizeRange): SizeRange {
  return {
    bytes: sources.bytes === null ? null : Math.round(130e3 + sources.bytes * 0.6),
    low: 60e3,
    high: sources.high === null ? null : Math.round(500e3 + sources.high * 2),
    basis: sources.bytes === null ? 'unknown' : 'estimated',
  };
}

/** The application with the libraries of its packages, and the runtime when it takes that along. */
function builtSize({ folder, packages, selfContained }: Project, surroundings: ProviderSurroundings): SizeRange {
  const own = applicationSize(surroundings.files.sizeOf(folder));
  if (own.bytes === null) return unknownBytes;
  // Of a package's folder one framework's assembly is copied, seldom more than a third of its bytes.
  const libraries = scaleBytes(spreadBytes(nugetSet(packages)), { low: 0.02, middle: 0.2, high: 0.5 });
  const runtime = selfContained ? spreadBytes({ low: 8e6, middle: 70e6, high: 130e6 }) : undefined;
  return [packages === 0 ? undefined : libraries, runtime].reduce<SizeRange>(
    (sum, part) => (part === undefined ? sum : addBytes(sum, part)),
    own,
  );
}
