/** What the single stage of a Python application does, step by step. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { type PythonDeed, pythonDeed } from './python-commands';
import { commonDeed, isScratch } from './split-deeds';
import { type CopiedPath, commandsOf, contextPathOf, copiedPaths, whyNotPlaced } from './split-stage';
import type { Deed, ReadStep, Refused, SingleStage } from './split-types';

export interface PythonStep {
  readonly read: ReadStep;
  readonly python: readonly PythonDeed[];
  /** Commands that run what is installed, or anything else that is not known. */
  readonly others: readonly RunCommand[];
}

export interface PythonReading {
  readonly kind: 'reading';
  readonly single: SingleStage;
  readonly copied: readonly CopiedPath[];
  readonly steps: readonly PythonStep[];
}

/** Reads the stage; `none` when it installs nothing. */
export function readPython(single: SingleStage): PythonReading | Refused {
  const copied = copiedPaths(single);
  const files = {
    readText: (path: string): string | undefined | 'pending' => {
      const source = contextPathOf(path, copied);
      return source === undefined ? undefined : single.context.readContextFile(source);
    },
    list: (path: string): readonly string[] => {
      const source = contextPathOf(`${path}/x`, copied)?.slice(0, -2);
      return source === undefined ? [] : single.snapshot.children(source.replace(/\/$/, '')).map(({ name }) => name);
    },
  };
  const steps: PythonStep[] = [];
  let trouble: string | undefined;
  for (const step of single.stage.steps) {
    trouble ??= whyNotPlaced(step);
    const commands = commandsOf(single, step, copied);
    if ('kind' in commands) {
      if (commands.kind === 'none') return commands;
      trouble ??= commands.reason;
      continue;
    }
    const python: PythonDeed[] = [];
    const others: RunCommand[] = [];
    const deeds: { command: RunCommand; deed: Deed }[] = [];
    for (const command of commands) {
      const own = pythonDeed(command, files);
      const deed = own === undefined ? commonDeed(command) : undefined;
      if (own !== undefined) python.push(own);
      else if (deed === undefined || deed.kind === 'unknown') others.push(command);
      else if (deed.kind === 'files' && !isScratch(deed.paths)) others.push(command);
      if (deed !== undefined) deeds.push({ command, deed });
    }
    steps.push({ read: { step, line: step.instruction.range.start.line + 1, commands: deeds }, python, others });
  }
  const installs = steps.some(({ python }) => python.some(({ kind }) => kind === 'install' || kind === 'environment'));
  const refusal = steps.flatMap(({ python }) => python).find(({ kind }) => kind === 'refused');
  if (!installs && refusal === undefined) return { kind: 'none' };
  if (trouble !== undefined) return { kind: 'refused', reason: trouble };
  if (refusal?.kind === 'refused') return refusal;
  const user = steps.find(({ python, read }) => python.length > 0 && !/^(?:|root|0)(?::|$)/.test(read.step.state.user));
  if (user !== undefined)
    return { kind: 'refused', reason: t('packages are installed by the user {0}', user.read.step.state.user) };
  return { kind: 'reading', single, copied, steps };
}
