/**
 * Split the Dockerfile of a .NET program: the SDK stays in the builder stage, the runtime stage has the runtime that the program needs.
 *
 *     FROM mcr.microsoft.com/dotnet/sdk:8.0           FROM mcr.microsoft.com/dotnet/sdk:8.0 AS builder
 *     WORKDIR /src                                    WORKDIR /src
 *     COPY . .                                        COPY . .
 *     RUN dotnet publish -c Release -o /app    →      RUN dotnet publish -c Release -o /app
 *     WORKDIR /app
 *     ENTRYPOINT ["dotnet", "Shop.dll"]               FROM mcr.microsoft.com/dotnet/aspnet:8.0
 *                                                     WORKDIR /app
 *                                                     COPY --from=builder /app /app
 *                                                     ENTRYPOINT ["dotnet", "Shop.dll"]
 *
 * Images and what they set: dotnet/dotnet-docker, `src/sdk`, `src/aspnet`, `src/runtime`, `src/runtime-deps`.
 */
import type { ImageReference } from '../images/reference';
import { t } from '../localize';
import type { CompiledReading } from './compiled-reading';
import { containerStart, type StartCall } from './container-start';
import { dotnetDeed, type Framework, frameworkOf, publishingOf, startedAssembly } from './dotnet-commands';
import type { RuntimeBase } from './split-base';
import { type Choice, type CompiledFacts, compiledRule } from './split-compiled';
import { isBasicProgram } from './split-deeds';
import { absolutePath, cleanFolder } from './split-stage';
import { type SingleStage, within } from './split-types';
import type { RefactoringRule } from './types';

export const splitDotnet: RefactoringRule = compiledRule({
  id: 'split-dotnet',
  known: isSdk,
  deeds: (single) => {
    const { first } = containerStart(single.stage);
    const verb = first?.program === 'dotnet' ? /^(?:run|watch|test)$/.exec(first.words[0] ?? '')?.[0] : undefined;
    const started = startedFolder(single);
    return (command) =>
      verb === undefined || command.name !== 'dotnet'
        ? dotnetDeed(command, started)
        : { kind: 'refused', reason: t('the container compiles the program when it starts ({0})', `dotnet ${verb}`) };
  },
  isSource: (name) =>
    /\.(?:cs|fs|vb|razor|cshtml|resx|xaml|csproj|fsproj|vbproj|sln|slnx|slnf|props|targets|http|user|tt)$|^(?:global\.json|nuget\.config|packages\.lock\.json|launchSettings\.json|dotnet-tools\.json)$/i.test(
      name,
    ) || /^(?:bin|obj|Properties|artifacts|\.config|\.vs)$/.test(name),
  isBuildVariable: (name) => /^(?:NUGET_\w+|MSBUILD\w*|DOTNET_CLI_\w+|DOTNET_NOLOGO|BUILD_CONFIGURATION)$/.test(name),
  outputIsWhole: startsElsewhere,
  artifactsOf,
  choose,
});

function isSdk({ registry, repository, tag = '' }: ImageReference): boolean {
  return registry === 'mcr.microsoft.com' && repository === 'dotnet/sdk' && !/nanoserver|windows/.test(tag);
}

/** Folder of the assembly that the container starts, absolute. */
function startedFolder({ stage }: SingleStage): string | undefined {
  const { first } = containerStart(stage);
  const path = first === undefined ? undefined : startedAssembly(first);
  const absolute = absolutePath(path, cleanFolder(stage.finalState.workdir));
  return absolute?.slice(0, absolute.lastIndexOf('/'));
}

/** Publishing copies what the program reads beside it, so the project's folder matters only where the container starts in it. */
function startsElsewhere({ single, copied }: CompiledReading): boolean {
  const workdir = cleanFolder(single.stage.finalState.workdir);
  return !copied.some(({ target, directory }) => directory && within(workdir, target));
}

function artifactsOf(call: StartCall): readonly string[] | undefined {
  const path = startedAssembly(call);
  return path === undefined ? undefined : [path];
}

function choose({ reading, carrying, packages }: CompiledFacts): Choice | string {
  const { single, steps, start, copied } = reading;
  const lost = carrying.foreign.find((name) => !isBasicProgram(name) && !packages.includes(name));
  if (lost !== undefined) return t('the container runs {0}, which the runtime stage would not have', lost);
  const publishings = steps.flatMap(({ commands }) =>
    commands.flatMap(({ command }) => {
      const publishing = publishingOf(command);
      return publishing === undefined ? [] : [{ command, publishing }];
    }),
  );
  const hosted = start.lines.some(({ calls }) => calls.some((call) => startedAssembly(call) !== undefined));
  const alone = !hosted && publishings.every(({ publishing }) => publishing.selfContained);
  const frameworks = publishings.map(({ command, publishing }) =>
    frameworkOf(single, copied, command, publishing.project),
  );
  const framework: Framework = frameworks.includes('web') ? 'web' : frameworks.includes('unsure') ? 'unsure' : 'plain';
  const name = alone ? 'runtime-deps' : framework === 'plain' ? 'runtime' : 'aspnet';
  const base = runtimeBase(single, name);
  if (base === undefined)
    return t('it is not known which image has the .NET runtime of {0} alone', single.from.image.text);
  const alpine = /alpine/.test(base.expanded);
  const comment =
    name === 'aspnet' && framework === 'unsure'
      ? t('# dotnet/runtime is enough where neither the program nor one of its packages uses ASP.NET Core.')
      : undefined;
  return {
    base,
    ...(comment !== undefined && { comment }),
    head: [],
    tail: [],
    extra: [],
    cautions: [
      alone
        ? t('The image has what a self-contained program needs, and no .NET of its own ({0}).', base.written)
        : t('The image has the .NET runtime without the SDK ({0}).', base.written),
      t('It has no git, curl or PowerShell.'),
      t('Of what the build makes, only {0} is carried over.', reading.trees.join(', ')),
      ...(name === 'aspnet' && !saysPort(single) ? [portSentence(single)] : []),
      ...(alpine ? [t('The Alpine image has no ICU: texts are compared and formatted without cultures.')] : []),
    ],
  };
}

/** Variables by which ASP.NET Core is told where to listen; what the program's settings say is not looked into. */
function saysPort({ stage }: SingleStage): boolean {
  const names = /^(?:ASPNETCORE_(?:URLS|HTTP_PORTS|HTTPS_PORTS)|DOTNET_URLS|HTTP_PORTS|URLS)$/;
  const set = stage.steps.some(
    ({ instruction }) => instruction.keyword === 'ENV' && instruction.pairs.some(({ name }) => names.test(name.text)),
  );
  return set || containerStart(stage).lines.some(({ calls }) => calls.some(({ words }) => words.includes('--urls')));
}

/** The SDK image empties the variable that the runtime images set (8.0: `ASPNETCORE_HTTP_PORTS=8080`, before: `ASPNETCORE_URLS=http://+:80`). */
function portSentence({ reference }: SingleStage): string {
  const major = Number(/^(\d+)/.exec(reference.tag ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
  return major < 8
    ? t(
        'Unless told otherwise, a web application listens on port {0} there, and on localhost:5000 in the SDK image.',
        80,
      )
    : t(
        'Unless told otherwise, a web application listens on port {0} there, and on localhost:5000 in the SDK image.',
        8080,
      );
}

/** The image of the same release: tags of the SDK count its own versions (8.0.404), those of the runtimes other ones (8.0.11). */
function runtimeBase({ reference, from, expanded }: SingleStage, name: string): RuntimeBase | undefined {
  if (reference.digest !== undefined) return undefined;
  const named = (written: string, image: string): RuntimeBase => ({
    written,
    expanded: image,
    shell: true,
    same: false,
  });
  const image = (text: string): string => text.replace('dotnet/sdk', `dotnet/${name}`);
  const written = from.image.text;
  const { tag } = reference;
  if (!written.includes('dotnet/sdk')) return undefined;
  const patched = /^(\d+\.\d+)\.\d+(.*)$/.exec(tag ?? '');
  if (patched === null) return named(image(written), image(expanded));
  if (written.includes('$')) return undefined;
  // A build of the runtime of that very SDK is not known from its tag; the newest of the release runs its programs.
  const short = `${patched[1] ?? ''}${patched[2] ?? ''}`;
  const place = (text: string): string => image(text).replace(/:[^:/]*$/, `:${short}`);
  return named(place(written), place(expanded));
}
