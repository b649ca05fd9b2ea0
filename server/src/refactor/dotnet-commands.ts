/** What calls of the `dotnet` command leave, and what a project's file says of the program that it makes. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { StartCall } from './container-start';
import { absolutePath, type CopiedPath, cleanFolder, contextPathOf } from './split-stage';
import { buildOnly, type Deed, type SingleStage, within } from './split-types';

/** A call of `dotnet publish`, read. */
export interface Publishing {
  /** Absolute folder of the program; absent where the command leaves it to the project, or only the container knows it. */
  readonly output?: string;
  /** A folder is named, and only the container knows which. */
  readonly hidden: boolean;
  /** Project or folder as written, from the folder that the command runs in. */
  readonly project?: string;
  /** The command line asks for a program that brings its own runtime. */
  readonly selfContained: boolean;
}

/** Options of `dotnet publish` that take the next word (dotnet/sdk, `PublishCommandParser.cs`). */
const withValue =
  /^(?:-c|--configuration|-o|--output|-r|--runtime|-f|--framework|-a|--arch|--os|-v|--verbosity|--source|--manifest|--version-suffix|--property|-p|--artifacts-path)$/;

/** Undefined for any other command. */
export function publishingOf(command: RunCommand): Publishing | undefined {
  if (command.name !== 'dotnet' || command.words[0]?.value !== 'publish') return undefined;
  let output: string | undefined;
  let hidden = false;
  let project: string | undefined;
  let selfContained = false;
  const toFolder = (path: string | undefined): void => {
    output = absolutePath(path, command.directory);
    hidden = output === undefined;
  };
  const words = command.words.slice(1);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const text = word?.value ?? word?.text ?? '';
    const known = word?.value !== undefined;
    const property = /^(?:[-/]p:|--property:)(\w+)=(.*)$/.exec(text);
    const joined = /^(?:-o|--output)[=:](.*)$/.exec(text);
    if (property?.[1] === 'PublishDir') toFolder(known ? property[2] : undefined);
    else if (property !== null && /^(?:SelfContained|PublishAot)$/.test(property[1] ?? ''))
      selfContained = property[2] === 'true';
    else if (joined !== null) toFolder(known ? joined[1] : undefined);
    else if (/^--(?:self-contained|sc)(?:=true)?$/.test(text)) selfContained = words[index + 1]?.value !== 'false';
    else if (text === '-o' || text === '--output') toFolder(words[index + 1]?.value);
    if (withValue.test(text)) index += 1;
    else if (!/^[-/]/.test(text) && !/^(?:true|false)$/.test(text)) project ??= text;
    else if (/\.(?:\w+proj|slnx?)$/.test(text)) project ??= text;
  }
  return {
    ...(output !== undefined && { output }),
    hidden,
    ...(project !== undefined && { project }),
    selfContained,
  };
}

/** Deeds of the `dotnet` command. Where it is not told where a program goes, the container's start may tell: `started` is its folder. */
export function dotnetDeed(command: RunCommand, started: string | undefined): Deed | undefined {
  if (command.name !== 'dotnet') return undefined;
  const publishing = publishingOf(command);
  if (publishing === undefined) {
    const verb = command.words.find(({ value, text }) => !(value ?? text).startsWith('-'));
    return verb === undefined ||
      /^(?:restore|build|test|clean|format|nuget|sln|workload|msbuild|add|tool|new|pack)$/.test(verb.value ?? '')
      ? buildOnly
      : undefined;
  }
  if (publishing.output !== undefined) return { ...buildOnly, trees: [cleanFolder(publishing.output)] };
  const inProject =
    started !== undefined &&
    command.directory !== undefined &&
    within(started, cleanFolder(command.directory)) &&
    /\/bin\/(?:Release|Debug)\/[^/]+(?:\/[^/]+)?\/publish$/.test(started);
  if (publishing.hidden || !inProject)
    return { kind: 'refused', reason: t('it is not known where {0} writes its program', 'dotnet publish') };
  return { ...buildOnly, trees: [started] };
}

/** Path that a call of the container's start gives to `dotnet`; undefined for other programs and other uses. */
export function startedAssembly({ program, words }: StartCall): string | undefined {
  if (!/(?:^|\/)dotnet$/.test(program)) return undefined;
  const [first, second] = words;
  const path = first === 'exec' ? second : first;
  return path?.endsWith('.dll') === true ? path : undefined;
}

/** Frameworks that a published program may load. `unsure`: a package, or a file that could not be read, may ask for more. */
export type Framework = 'web' | 'plain' | 'unsure';

/** What the project's files say, those of the projects that it refers to included. */
export function frameworkOf(
  single: SingleStage,
  copied: readonly CopiedPath[],
  command: RunCommand,
  project: string | undefined,
): Framework {
  const path = absolutePath(project ?? '.', command.directory);
  const source = path === undefined ? undefined : contextPathOf(path, copied);
  const [folder] = path === undefined ? [] : [contextPathOf(`${path === '/' ? '' : path}/x`, copied)?.slice(0, -2)];
  if (source !== undefined && /\.\w+proj$/.test(source)) return readProject(single, source, 8);
  if (folder === undefined) return 'unsure';
  const inside = single.snapshot.children(folder.replace(/^\/|\/$/g, '')).filter(({ name }) => /\.\w+proj$/.test(name));
  const [only] = inside;
  return only === undefined || inside.length > 1 ? 'unsure' : readProject(single, only.path, 8);
}

function readProject(single: SingleStage, path: string, depth: number): Framework {
  const text = depth === 0 ? undefined : single.context.readContextFile(path);
  if (text === undefined || text === 'pending') return 'unsure';
  if (/Sdk="Microsoft\.NET\.Sdk\.(?:Web|Razor|BlazorWebAssembly)\b/i.test(text)) return 'web';
  if (/<FrameworkReference\b[^>]*"Microsoft\.AspNetCore\.App"/i.test(text)) return 'web';
  const shared = single.snapshot.children('').some(({ name }) => /^Directory\.\w+\.(?:props|targets)$/i.test(name));
  let found: Framework = shared || /<(?:PackageReference|Import)\b/i.test(text) ? 'unsure' : 'plain';
  for (const [, reference = ''] of text.matchAll(/<ProjectReference\b[^>]*Include="([^"]+)"/gi)) {
    const folder = path.split('/').slice(0, -1).join('/');
    const target = absolutePath(reference.replaceAll('\\', '/'), `/${folder}`)?.slice(1);
    const other = target === undefined ? 'unsure' : readProject(single, target, depth - 1);
    if (other === 'web') return 'web';
    if (other === 'unsure') found = 'unsure';
  }
  return found;
}
