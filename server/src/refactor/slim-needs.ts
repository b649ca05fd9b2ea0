/** What the steps above a base image, and the container, need of what its slim variant lacks. */
import type { BuildStage, BuildStep } from '../build/types';
import { t } from '../localize';
import { isApt, readApt } from '../packages/apt-command';
import { interpret } from '../shell/interpret';
import type { RunCommand } from '../shell/types';
import { containerStart } from './container-start';
import { standsOn } from './run-later';
import { copiedFromContext, copiedFromSystem } from './slim-copies';
import { type InstallNeeds, readInstall } from './slim-installs';
import { broughtBy, type Lacking } from './slim-programs';
import { type CopiedPath, contextPathOf } from './split-stage';
import { startScripts } from './start-scripts';
import type { RefactorContext } from './types';

export type SlimNeeds =
  /** `cautions`: what may fail, localised sentences. `installs`: packages of the distribution, of which the slim variant has fewer. */
  | { readonly kind: 'fits'; readonly cautions: readonly string[]; readonly installs: boolean }
  /** A part of a sentence, localised. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** A file that would tell is being read. */
  | { readonly kind: 'pending' };

/** Packages of the table that are there, by what the file installs. */
type Installed = ReadonlySet<string>;

/**
 * Whether every needed stage that stands on `lowest` fits on the slim variant of its image.
 * @param slim name of the variant, for the sentences
 */
export function readSlimNeeds(context: RefactorContext, lowest: BuildStage, lacking: Lacking, slim: string): SlimNeeds {
  const reader = new NeedsReader(context, lacking, slim);
  const stages = context.graph.stages.filter((stage) => stage.needed && standsOn(context, stage, lowest));
  const installed = new Map<number, Installed>();
  const cautions: string[] = [];
  for (const stage of stages) {
    const below = stage.base.kind === 'stage' ? installed.get(stage.base.stage) : undefined;
    const read = reader.stage(stage, below ?? new Set());
    if (read.kind !== 'fits') return read;
    installed.set(stage.index, read.installed);
    cautions.push(...read.cautions);
  }
  const taken = copiedFromSystem(context, stages);
  if (taken === undefined) return { kind: 'fits', cautions: [...new Set(cautions)], installs: reader.installs };
  const { line, path } = taken;
  return {
    kind: 'refused',
    reason: t('line {0} takes {1} out of a stage on this image, and {2} may not have it', line, path, slim),
  };
}

type Fits = { readonly kind: 'fits'; readonly cautions: readonly string[] };
type Obstacle = Exclude<SlimNeeds, { readonly kind: 'fits' }>;
type StageNeeds = (Fits & { readonly installed: Installed }) | Obstacle;

class NeedsReader {
  /** A step that was read installs packages of the distribution. */
  installs = false;

  constructor(
    private readonly context: RefactorContext,
    private readonly lacking: Lacking,
    private readonly slim: string,
  ) {}

  stage(stage: BuildStage, below: Installed): StageNeeds {
    const installed = new Set(below);
    const cautions: string[] = [];
    const copied = copiedFromContext(this.context, stage);
    for (const step of stage.steps) {
      if (step.operation.kind === 'unknown')
        return { kind: 'refused', reason: t('line {0} is not understood', lineOf(step)) };
      if (step.operation.kind !== 'execute') continue;
      const read = this.run(step, installed, copied);
      if (read.kind !== 'fits') return read;
      cautions.push(...read.cautions);
    }
    const start = this.start(stage, installed, copied);
    if (start === 'pending') return { kind: 'pending' };
    return start === undefined ? { kind: 'fits', cautions, installed } : { kind: 'refused', reason: start };
  }

  /** Adds to `installed` what the step installs. */
  private run(step: BuildStep, installed: Set<string>, copied: readonly CopiedPath[]): Fits | Obstacle {
    const { operation } = step;
    if (operation.kind !== 'execute') return { kind: 'fits', cautions: [] };
    const line = lineOf(step);
    const script = interpret(operation, step.state, {
      platform: this.context.graph.platform,
      readText: (path) => this.text(path, copied),
      sh: 'dash',
    });
    if (script.pending !== undefined) return { kind: 'pending' };
    const missing = new Set<string>();
    const cautions: string[] = [];
    for (const command of script.commands) {
      if (isApt(command)) {
        const obstacle = this.apt(command, installed, line);
        if (obstacle !== undefined) return { kind: 'refused', reason: obstacle };
        continue;
      }
      for (const program of this.programsOf(command)) if (this.isMissing(program, installed)) missing.add(program);
      const needs = this.commandNeeds(command, installed, copied, line);
      if (needs === undefined) continue;
      if (needs.kind === 'refused') return needs;
      if (missing.size === 0) cautions.push(needs.caution);
    }
    if (missing.size > 0) return { kind: 'refused', reason: this.runs(line, [...missing]) };
    if (script.unknown.length > 0 || script.commands.some(({ name }) => name === undefined))
      return { kind: 'refused', reason: t('what line {0} runs is not known in full', line) };
    return { kind: 'fits', cautions: [...new Set(cautions)] };
  }

  private runs(line: number, programs: readonly string[]): string {
    return t('line {0} runs {1}, which {2} does not have', line, programs.join(', '), this.slim);
  }

  private isMissing(program: string, installed: Installed): boolean {
    const owner = this.lacking.programs.get(program);
    return owner !== undefined && !installed.has(owner);
  }

  private isLacking(name: string): boolean {
    return [...this.lacking.programs.values()].includes(name);
  }

  /** The program, those that it looks for, and those that it calls for a file's compression. */
  private programsOf(command: RunCommand): readonly string[] {
    const { name = '' } = command;
    const words = command.words.map(({ value, text }) => value ?? text);
    if (/^(?:which|type|hash|command)$/.test(name)) return words;
    if (name === 'xargs') return words;
    if (name === 'tar') return decompressors(words);
    if (compiling.has(name)) return ['gcc'];
    if (name === 'find') return words.filter((_, index) => /^-(?:exec|execdir|ok)$/.test(words[index - 1] ?? ''));
    return [name];
  }

  private apt(command: RunCommand, installed: Set<string>, line: number): string | undefined {
    const action = readApt(command);
    if (action.kind === 'remove') {
      // apt-get fails for a name that it has no list of, and the slim variant has nothing to remove.
      const absent = action.names.filter((name) => this.isLacking(name) && !installed.has(name));
      if (absent.length > 0)
        return t('line {0} removes {1}, which {2} does not have', line, absent.join(', '), this.slim);
      for (const name of action.names) for (const brought of broughtBy(name)) installed.delete(brought);
    }
    if (action.kind === 'install' || action.kind === 'build-dep' || action.kind === 'upgrade') this.installs = true;
    if (action.kind !== 'install' || action.downloadOnly) return undefined;
    const names = action.targets.filter(({ without }) => !without).map(({ name }) => name);
    const [linked] = names.filter((name) =>
      /^(?:default-j(?:re|dk)|openjdk-\d+-j(?:re|dk)|postgresql-client)\b/.test(name),
    );
    // Their alternatives are links into a folder that the slim variants are without (debuerreotype, `.slimify-excludes`).
    if (linked !== undefined && !this.context.dockerfile.text.includes('/usr/share/man/man1'))
      return t('line {0} installs {1}, which may fail where /usr/share/man/man1 is missing', line, linked);
    if (command.occurrence !== 'runs') return undefined;
    for (const name of names) for (const brought of broughtBy(name)) installed.add(brought);
    // curl, wget and git recommend them.
    if (action.recommends !== false && names.some((name) => fetchers.has(name)))
      for (const brought of broughtBy('ca-certificates')) installed.add(brought);
    return undefined;
  }

  private commandNeeds(
    command: RunCommand,
    installed: Installed,
    copied: readonly CopiedPath[],
    line: number,
  ): InstallNeeds | undefined {
    const { name = '', words } = command;
    if (
      fetchers.has(name) &&
      this.isMissing('update-ca-certificates', installed) &&
      !this.isMissing(name, installed) &&
      words.some(({ value, text }) => (value ?? text).includes('https:') || (value === undefined && text.includes('$')))
    )
      return {
        kind: 'refused',
        reason: t('line {0} fetches over HTTPS, and {1} has no certificates (ca-certificates)', line, this.slim),
      };
    return readInstall(command, {
      line,
      slim: this.slim,
      hasGit: !this.isMissing('git', installed),
      hasCompiler: !this.isMissing('gcc', installed) && !this.isMissing('make', installed),
      hasPackage: (name) => installed.has(name),
      text: (path) => this.text(path, copied),
    });
  }

  /** What the container starts, and the scripts of the project among it. */
  private start(
    stage: BuildStage,
    installed: Installed,
    copied: readonly CopiedPath[],
  ): string | undefined | 'pending' {
    const scripts = startScripts(this.context, stage, copied);
    if (scripts === 'pending') return 'pending';
    for (const { step, calls } of [...containerStart(stage).lines, ...scripts]) {
      const called = calls.map(({ program }) => baseName(program));
      const missing = [...new Set(called.filter((program) => this.isMissing(program, installed)))];
      if (missing.length > 0) return this.runs(lineOf(step), missing);
    }
    return undefined;
  }

  private text(path: string, copied: readonly CopiedPath[]): string | undefined | 'pending' {
    const source = contextPathOf(path, copied);
    return source === undefined ? undefined : this.context.readContextFile(source);
  }
}

const fetchers = new Set(['curl', 'wget', 'git']);
/** Call a compiler, or its linker, without coming along with one. */
const compiling = new Set(['configure', 'cmake', 'meson', 'cargo', 'rustc', 'node-gyp', 'phpize']);

function lineOf({ instruction }: BuildStep): number {
  return instruction.range.start.line + 1;
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** tar calls another program for archives that are compressed with anything but gzip's method, which it calls gzip for. */
function decompressors(words: readonly string[]): readonly string[] {
  const letters = words.filter((word, index) => /^-[A-Za-z]+$/.test(word) || (index === 0 && /^[A-Za-z]+$/.test(word)));
  const has = (letter: string): boolean => letters.some((word) => word.includes(letter));
  const ends = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  return [
    ...(has('J') || ends(/^--xz$|\.t?xz$/) ? ['xz'] : []),
    ...(has('j') || ends(/^--bzip2$|\.(?:bz2|tbz2?)$/) ? ['bzip2'] : []),
  ];
}
