/** What find does to the files that it selects. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import type { RunCommand } from '../../shell/types';
import { findPlan, selectedBy } from './find';
import { isPattern } from './options';
import type { CommandSurroundings, FileCommand, StageEntry } from './types';

/** Actions on files one by one that are gone through; more are taken as one on the folder. */
const maximumRuns = 300;

/** `act` carries out a command as if it stood in the script. */
export function findWith(act: (command: RunCommand, surroundings: CommandSurroundings) => boolean): FileCommand {
  return {
    names: ['find'],
    act(command, surroundings) {
      const plan = findPlan(command);
      const { files } = surroundings;
      if (!plan.deletes && plan.executes.length === 0) return;
      const selected = selectedBy(command, surroundings);
      if (plan.deletes) for (const { path } of topmost(selected)) if (!isPattern(path)) files.remove(path);
      for (const words of plan.executes) execute(words, command, selected, plan, surroundings, act);
    },
  };
}

/** Entries that lie in none of the others: removing a folder removes what is in it. */
function topmost(entries: readonly StageEntry[]): readonly StageEntry[] {
  const folders = new Set(entries.filter((entry) => entry.kind !== 'file').map((entry) => entry.path));
  return entries.filter(({ path }) => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (folders.has(path.slice(0, at))) return false;
    }
    return true;
  });
}

function execute(
  words: readonly string[],
  command: RunCommand,
  selected: readonly StageEntry[],
  plan: ReturnType<typeof findPlan>,
  surroundings: CommandSurroundings,
  act: (command: RunCommand, surroundings: CommandSurroundings) => boolean,
): void {
  const [program = '', ...rest] = words;
  const name = baseName(program);
  const { files } = surroundings;
  const removing = name === 'rm' || name === 'unlink';
  if (removing) {
    for (const { path } of topmost(selected)) if (!isPattern(path)) files.remove(path);
    return;
  }
  if (name === 'chmod' || name === 'chown' || name === 'chgrp') {
    if (plan.foldersOnly) return;
    if (!plan.selective) {
      for (const root of plan.roots) files.changeAttributes(root, true);
    } else
      for (const { path, kind } of selected)
        if (kind === 'file' && !isPattern(path)) files.changeAttributes(path, false);
    return;
  }
  const runs = selected.slice(0, maximumRuns).map(({ path }): RunCommand => {
    const replaced = rest.map((word) => word.split('{}').join(path));
    return { ...command, name, program, words: replaced.map((value) => ({ text: value, value })), redirections: [] };
  });
  // With nothing selected the program still tells whether its effect is known.
  const probe: RunCommand = { ...command, name, program, words: [], redirections: [] };
  for (const run of runs.length > 0 ? runs : [probe]) {
    if (!act(run, surroundings)) surroundings.unknown(t('What {0} writes is known once the engine has run it.', name));
  }
}
