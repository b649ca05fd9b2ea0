/** What the single stage of a compiled program's Dockerfile does, step by step, and what its build leaves where. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { type ContainerStart, containerStart } from './container-start';
import { commonDeed, pathsOf } from './split-deeds';
import {
  absolutePath,
  type CopiedPath,
  cleanFolder,
  commandsOf,
  contextPathOf,
  copiedPaths,
  whyNotPlaced,
} from './split-stage';
import { buildOnly, type Deed, type ReadStep, type Refused, type SingleStage, within } from './split-types';

export interface CompiledReading {
  readonly single: SingleStage;
  readonly copied: readonly CopiedPath[];
  readonly steps: readonly ReadStep[];
  readonly start: ContainerStart;
  /** Folders with sources or that builds run in, absolute. */
  readonly projects: readonly string[];
  /** Files that the build makes and that are still there. */
  readonly outputs: readonly string[];
  /** Folders that the build fills as a whole. */
  readonly trees: readonly string[];
  /** Commands build what no word of them names. */
  readonly unnamed: boolean;
  /** Files and folders that are deleted after the build. */
  readonly removed: readonly { readonly path: string; readonly line: number }[];
  /** Sources come from elsewhere than the build context, so that nobody knows what else lies beside them. */
  readonly fetched: boolean;
}

/** What a language knows of its commands. */
export interface LanguageDeeds {
  /** The deed of each command, asked in the order in which they run; undefined: no command of the language. */
  readonly deeds: (single: SingleStage, copied: readonly CopiedPath[]) => (command: RunCommand) => Deed | undefined;
}

/** Folders where builds do what nobody looks for later. */
const scratchFolders = ['/tmp', '/var/tmp', '/usr/src'];

/** Reads the stage; `none` when it builds nothing. */
export function readCompiled(single: SingleStage, language: LanguageDeeds): CompiledReading | Refused {
  const copied = copiedPaths(single);
  const drafts: ReadStep[] = [];
  const deedOf = language.deeds(single, copied);
  let trouble: string | undefined;
  for (const step of single.stage.steps) {
    trouble ??= whyNotPlaced(step);
    const commands = commandsOf(single, step, copied);
    if ('kind' in commands) {
      if (commands.kind === 'none') return commands;
      trouble ??= commands.reason;
      continue;
    }
    const deeds = commands.map((command) => ({
      command,
      deed: deedOf(command) ?? commonDeed(command) ?? unknownDeed(command),
    }));
    drafts.push({ step, line: step.instruction.range.start.line + 1, commands: deeds });
  }
  const builds = drafts.flatMap(({ commands }) => commands).filter(({ deed }) => deed.kind === 'build');
  const refusal = firstRefusal(drafts);
  if (refusal === undefined && !builds.some(({ deed }) => makesSomething(deed))) return { kind: 'none' };
  const why = trouble ?? refusal;
  if (why !== undefined) return { kind: 'refused', reason: why };
  const projects = projectFolders(single, copied, drafts);
  return new Follower(single, copied, projects).follow(drafts);
}

const makesSomething = (deed: Deed): boolean =>
  deed.kind === 'build' && (deed.outputs.length > 0 || deed.trees.length > 0 || deed.unnamed);

function unknownDeed({ name, program }: RunCommand): Deed {
  return { kind: 'unknown', name: name ?? program ?? '?' };
}

function firstRefusal(steps: readonly ReadStep[]): string | undefined {
  for (const { commands } of steps) for (const { deed } of commands) if (deed.kind === 'refused') return deed.reason;
  return undefined;
}

function projectFolders(single: SingleStage, copied: readonly CopiedPath[], steps: readonly ReadStep[]): string[] {
  const folders = new Set<string>();
  for (const { commands } of steps)
    for (const { command, deed } of commands)
      if (deed.kind === 'build' && command.directory !== undefined && command.directory !== '/')
        folders.add(cleanFolder(command.directory));
  for (const { target, directory, step } of copied) {
    const folder = directory ? target : (absolutePath('..', target) ?? '/');
    const workdir = cleanFolder(step.state.workdir);
    if (folder !== '/' && (within(folder, workdir) || workdir === '/') && workdir !== '/') folders.add(workdir);
    else if (directory && folder !== '/' && [...folders].some((known) => within(known, folder))) folders.add(folder);
  }
  const { workdir } = single.stage.finalState;
  if ([...folders].some((folder) => within(folder, cleanFolder(workdir))) && cleanFolder(workdir) !== '/')
    folders.add(cleanFolder(workdir));
  return [...folders];
}

/** Follows files from where a build makes them to where they lie in the end. */
class Follower {
  private readonly single: SingleStage;
  private readonly copied: readonly CopiedPath[];
  private readonly projects: readonly string[];
  private readonly outputs = new Set<string>();
  private readonly trees = new Set<string>();
  private readonly folders = new Set<string>([
    '/bin',
    '/sbin',
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
    '/usr/local/sbin',
    '/usr/local/lib',
    '/usr/lib',
    '/opt',
    '/srv',
  ]);
  private readonly removed: { path: string; line: number }[] = [];
  private line = 0;
  private unnamed = false;
  private fetched = false;

  constructor(single: SingleStage, copied: readonly CopiedPath[], projects: readonly string[]) {
    this.single = single;
    this.copied = copied;
    this.projects = projects;
    for (const project of projects) this.folders.add(project);
  }

  follow(drafts: readonly ReadStep[]): CompiledReading | Refused {
    const steps: ReadStep[] = [];
    for (const draft of drafts) {
      this.line = draft.line;
      const builds = draft.commands.some(({ deed }) => deed.kind === 'build');
      const commands = draft.commands.map(({ command, deed }) => ({
        command,
        deed: this.settle(command, deed, builds),
      }));
      const unknown = commands.find(({ deed }) => deed.kind === 'unknown');
      if (unknown?.deed.kind === 'unknown') {
        const sentence = 'it is not known whether what {0} in line {1} makes is needed to build or to run';
        return { kind: 'refused', reason: t(sentence, unknown.deed.name, draft.line) };
      }
      steps.push({ ...draft, commands });
    }
    return {
      single: this.single,
      copied: this.copied,
      steps,
      start: containerStart(this.single.stage),
      projects: this.projects,
      outputs: [...this.outputs],
      trees: [...this.trees],
      unnamed: this.unnamed,
      removed: this.removed,
      fetched: this.fetched,
    };
  }

  private settle(command: RunCommand, deed: Deed, builds: boolean): Deed {
    switch (deed.kind) {
      case 'build':
        for (const output of deed.outputs) this.outputs.add(output);
        for (const tree of deed.trees) this.trees.add(tree);
        this.unnamed ||= deed.unnamed;
        return deed;
      case 'files':
        return this.settleFiles(command, deed.paths, builds);
      case 'place':
        return this.settlePlace(command, deed.paths);
      case 'neutral':
        if (command.name === 'rm') this.remove(command);
        return deed;
      case 'system':
      case 'remove':
      case 'users':
      case 'unknown':
      case 'refused':
        return deed;
      default: {
        const never: never = deed;
        return never;
      }
    }
  }

  private isProject(path: string): boolean {
    return (
      this.projects.some((folder) => within(path, folder)) || scratchFolders.some((folder) => within(path, folder))
    );
  }

  private isMade(path: string): boolean {
    return this.outputs.has(path) || [...this.trees].some((tree) => within(path, tree));
  }

  private settleFiles(command: RunCommand, paths: readonly string[], builds: boolean): Deed {
    const { name = '' } = command;
    if (/^(?:cp|mv|install|ln)$/.test(name)) return this.settleCopy(command, paths);
    if (paths.every((path) => this.isProject(path))) {
      if (/^(?:curl|wget|git|tar|unzip)$/.test(name)) this.fetched = true;
      return buildOnly;
    }
    if (builds && paths.every((path) => path === '/' || this.isProject(path))) return buildOnly;
    if (/^(?:sed|awk)$/.test(name) && paths.every((path) => path === command.directory)) return { kind: 'neutral' };
    return { kind: 'unknown', name };
  }

  private settleCopy(command: RunCommand, paths: readonly string[]): Deed {
    const { name = '', words } = command;
    const makesFolders = name === 'install' && words.some(({ text }) => text === '-d');
    if (makesFolders) return this.settlePlace(command, paths);
    // `-m 755` and the like take a word that is no path.
    const files = paths.filter((path) => !(name === 'install' && /\/(?:0?\d{3,4}|root)$/.test(path)));
    const target = files.at(-1);
    const sources = files.slice(0, -1);
    if (target === undefined || sources.length === 0) return { kind: 'unknown', name };
    const written = words.at(-1)?.value ?? '';
    const intoFolder = sources.length > 1 || written.endsWith('/') || this.folders.has(target);
    const known = sources.every((source) => this.isProject(source) || this.isMade(source));
    if (!known) return { kind: 'unknown', name };
    for (const source of sources) {
      const place = intoFolder ? `${target === '/' ? '' : target}/${source.split('/').at(-1) ?? ''}` : target;
      this.outputs.add(place);
      if (name === 'mv') this.outputs.delete(source);
    }
    return buildOnly;
  }

  private settlePlace(command: RunCommand, paths: readonly string[]): Deed {
    if (/^(?:mkdir|install)$/.test(command.name ?? '')) for (const path of paths) this.folders.add(path);
    const inBuild = (path: string): boolean => this.isMade(path) || this.isProject(path);
    const makes = /^(?:mkdir|touch|install)$/.test(command.name ?? '');
    if (paths.length > 0 && paths.every(inBuild) && (makes || !this.concernsCopies(paths))) return buildOnly;
    return { kind: 'place', paths };
  }

  /** Files of the context that are copied to where the program finds them are copied there in the runtime stage too. */
  private concernsCopies(paths: readonly string[]): boolean {
    return paths.every((path) => contextPathOf(path, this.copied) !== undefined && !this.isMade(path));
  }

  private remove(command: RunCommand): void {
    for (const path of pathsOf(command)) {
      this.removed.push({ path, line: this.line });
      for (const output of this.outputs) if (within(output, path)) this.outputs.delete(output);
      for (const tree of this.trees) if (within(tree, path)) this.trees.delete(tree);
    }
  }
}
