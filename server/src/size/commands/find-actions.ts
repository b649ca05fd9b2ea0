/** What find does to the files that it selects. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import { interpret } from '../../shell/interpret';
import type { RunCommand } from '../../shell/types';
import { findPlan, selectedBy } from './find';
import { isPattern, wordValue } from './options';
import type { CommandSurroundings, FileCommand, StageEntry } from './types';

/** Actions on files one by one that are gone through; more are taken as one on the folder. */
const maximumRuns = 300;

/** Scripts run on files one by one cost more. */
const maximumScripts = 40;

/** The other file commands. */
export interface OtherCommands {
  /** Carries out a command as if it stood in the script; false when nothing is known of it. */
  act(command: RunCommand, surroundings: CommandSurroundings): boolean;
  knows(command: RunCommand): boolean;
}

export function findWith(others: OtherCommands): FileCommand {
  return {
    names: ['find'],
    act(command, surroundings) {
      const plan = findPlan(command);
      const { files } = surroundings;
      if (!plan.deletes && plan.executes.length === 0) return;
      const selected = selectedBy(command, surroundings);
      if (plan.deletes) for (const { path } of topmost(selected)) if (!isPattern(path)) files.remove(path);
      for (const words of plan.executes) execute(words, command, selected, plan, surroundings, others);
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
  others: OtherCommands,
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
  const shell = /^(?:ba|da|a)?sh$/.test(name);
  const paths = selected.slice(0, shell ? maximumScripts : maximumRuns).map(({ path }) => path);
  for (const path of paths.length > 0 ? paths : [undefined]) {
    const replaced = rest.map((word) => word.split('{}').join(path ?? '{}'));
    const plain: RunCommand = {
      ...command,
      name,
      program,
      words: replaced.map((value) => ({ text: value, value })),
      redirections: [],
    };
    for (const run of shell ? scriptCommands(plain, surroundings) : [plain]) {
      // With nothing selected it still matters whether the program's effect is known.
      const known = path === undefined ? others.knows(run) : others.act(run, surroundings);
      if (!known) surroundings.unknown(t('What {0} writes is known once the engine has run it.', run.name ?? name));
    }
  }
}

/** The commands of `sh -c TEXT`. */
function scriptCommands(command: RunCommand, { files, system, unknown }: CommandSurroundings): readonly RunCommand[] {
  const words = [command.program ?? 'sh', ...command.words.map(wordValue)];
  const environment = [...command.environment].flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  const script = interpret(
    {
      kind: 'execute',
      arguments: words,
      command: { form: 'exec', arguments: words },
      mounts: [],
      network: '',
      security: '',
      inlineFiles: [],
    },
    { environment, buildArguments: [], workdir: command.directory ?? '/', user: command.user, shell: [] },
    {
      platform: `linux/${system.architecture}`,
      readText: (path) => files.readText(path),
      exists: (path) => files.exists(path),
    },
  );
  for (const reason of script.unknown) unknown(reason);
  return script.commands.map((inner) => ({ ...inner, occurrence: command.occurrence }));
}
