/** What the single stage of an application does whose packages are installed and whose sources are run as they are. */
import { t } from '../localize';
import { readCommands } from '../shell/commands';
import type { RunCommand } from '../shell/types';
import { containerStart } from './container-start';
import { commonDeed, isScratch } from './split-deeds';
import {
  absolutePath,
  type CopiedPath,
  cleanFolder,
  commandsOf,
  contextPathOf,
  copiedPaths,
  whyNotPlaced,
} from './split-stage';
import { type Deed, type ReadStep, type Refused, type SingleStage, within } from './split-types';

/** What a command of a language's tools does. */
export type InterpretedDeed =
  /** Installs packages or extensions into folders, absolute. */
  | {
      readonly kind: 'install';
      readonly trees: readonly string[];
      /** Of the packages, as far as it matters what they load. */
      readonly names: readonly string[];
      /** Why not all names are known, localised. */
      readonly unread?: string;
      /** Changes the project besides. */
      readonly project: boolean;
    }
  /** Makes or changes files of the project. */
  | { readonly kind: 'project' }
  /** Leaves nothing that a container needs. */
  | { readonly kind: 'prepare' }
  /** Settles how the container runs; the runtime stage does it too. */
  | { readonly kind: 'setting' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface InterpretedStep {
  readonly read: ReadStep;
  readonly own: readonly { readonly command: RunCommand; readonly deed: InterpretedDeed }[];
  /** Commands of which nothing is known. */
  readonly others: readonly RunCommand[];
}

export interface InterpretedReading {
  readonly kind: 'reading';
  readonly single: SingleStage;
  readonly copied: readonly CopiedPath[];
  readonly steps: readonly InterpretedStep[];
  /** Folder of the project, absolute. */
  readonly folder: string;
  /** Folders that packages are installed into, absolute. */
  readonly trees: readonly string[];
  /** Index of the last step that installs packages or makes files of the project. */
  readonly last: number;
  /** Commands change the project, so that it is carried over as a whole. */
  readonly whole: boolean;
  /** Programs that the container runs, those of its scripts included. */
  readonly used: ReadonlySet<string>;
}

/** What a language knows of its tools; asked in the order in which commands run. */
export interface InterpretedTools {
  readonly deeds: (
    single: SingleStage,
    copied: readonly CopiedPath[],
  ) => (command: RunCommand) => InterpretedDeed | undefined;
}

/** Reads the stage; `none` when it installs nothing. */
export function readInterpreted(single: SingleStage, tools: InterpretedTools): InterpretedReading | Refused {
  const copied = copiedPaths(single);
  const deedOf = tools.deeds(single, copied);
  const steps: InterpretedStep[] = [];
  let trouble: string | undefined;
  for (const step of single.stage.steps) {
    trouble ??= whyNotPlaced(step);
    const commands = commandsOf(single, step, copied);
    if ('kind' in commands) {
      if (commands.kind === 'none') return commands;
      trouble ??= commands.reason;
      continue;
    }
    const own: { command: RunCommand; deed: InterpretedDeed }[] = [];
    const others: RunCommand[] = [];
    const deeds: { command: RunCommand; deed: Deed }[] = [];
    for (const command of commands) {
      const mine = deedOf(command);
      if (mine !== undefined) {
        own.push({ command, deed: mine });
        continue;
      }
      const deed = commonDeed(command) ?? { kind: 'unknown', name: command.name ?? '' };
      if (deed.kind === 'unknown' || (deed.kind === 'files' && !isScratch(deed.paths))) others.push(command);
      deeds.push({ command, deed });
    }
    steps.push({ read: { step, line: step.instruction.range.start.line + 1, commands: deeds }, own, others });
  }
  const owned = steps.flatMap(({ own }) => own);
  const refusal = owned.find(({ deed }) => deed.kind === 'refused')?.deed;
  const installs = owned.filter(({ deed }) => deed.kind === 'install');
  const [install] = installs;
  if (install === undefined && refusal === undefined) return { kind: 'none' };
  const reason = trouble ?? (refusal?.kind === 'refused' ? refusal.reason : undefined);
  if (reason !== undefined) return { kind: 'refused', reason };
  return settle(single, copied, steps);
}

function settle(
  single: SingleStage,
  copied: readonly CopiedPath[],
  steps: readonly InterpretedStep[],
): InterpretedReading | Refused {
  const owned = steps.flatMap(({ own, read }) => own.map((each) => ({ ...each, read })));
  const working = owned.filter(({ deed }) => deed.kind === 'install' || deed.kind === 'project');
  const user = working.find(({ read }) => !/^(?:|root|0)(?::|$)/.test(read.step.state.user))?.read.step.state.user;
  if (user !== undefined) return { kind: 'refused', reason: t('packages are installed by the user {0}', user) };
  const { workdir } = single.stage.finalState;
  const folder = cleanFolder(
    working.find(({ command }) => command.directory !== undefined && command.directory !== '/')?.command.directory ??
      workdir,
  );
  const whole = owned.some(({ deed }) => deed.kind === 'project' || (deed.kind === 'install' && deed.project));
  if (whole && folder === '/')
    return {
      kind: 'refused',
      reason: t('the application lies in /, so nothing tells it from the operating system'),
    };
  const elsewhere = working.find(
    ({ command, deed }) =>
      (deed.kind === 'project' || (deed.kind === 'install' && deed.project)) &&
      (command.directory === undefined || !within(command.directory, folder)),
  );
  if (elsewhere !== undefined)
    return { kind: 'refused', reason: t('line {0} changes the project from another folder', elsewhere.read.line) };
  const used = programsUsed(single, copied);
  if (typeof used === 'string') return { kind: 'refused', reason: used };
  return {
    kind: 'reading',
    single,
    copied,
    steps,
    folder,
    trees: [...new Set(owned.flatMap(({ deed }) => (deed.kind === 'install' ? deed.trees : [])))],
    last: steps.findLastIndex(({ own }) => own.some(({ deed }) => deed.kind === 'install' || deed.kind === 'project')),
    whole,
    used,
  };
}

/** A string says why they are not known, localised. */
function programsUsed(single: SingleStage, copied: readonly CopiedPath[]): ReadonlySet<string> | string {
  const used = new Set<string>();
  for (const { program, words } of containerStart(single.stage).lines.flatMap(({ calls }) => calls)) {
    used.add(program.split('/').at(-1) ?? program);
    for (const word of words) if (/^[\w-]+$/.test(word)) used.add(word);
    const path = absolutePath(program, cleanFolder(single.stage.finalState.workdir));
    const source = path === undefined ? undefined : contextPathOf(path, copied);
    if (source === undefined || !/\.(?:sh|bash)$|entrypoint/.test(source)) continue;
    const text = single.context.readContextFile(source);
    if (text === undefined || text === 'pending') return t('what {0} runs is not known', program);
    for (const { name, arguments: given } of readCommands(text).commands)
      for (const word of [name, ...given])
        if (word?.value !== undefined) used.add(word.value.split('/').at(-1) ?? word.value);
  }
  return used;
}
