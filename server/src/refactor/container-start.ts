/** What a container runs when it starts, and whether it takes a shell for that. */
import type { BuildStage, BuildStep } from '../build/types';
import type { CommandLine } from '../dockerfile/types';
import { readCommands } from '../shell/commands';

export interface StartCall {
  readonly program: string;
  readonly words: readonly string[];
}

export interface StartLine {
  readonly step: BuildStep;
  readonly shell: boolean;
  /** A shell line that is one command without variables, quotes undone: the exec form says the same. */
  readonly plain?: readonly string[];
  readonly calls: readonly StartCall[];
}

/** CMD, ENTRYPOINT and HEALTHCHECK, the last of each. */
export interface ContainerStart {
  readonly lines: readonly StartLine[];
  /** What runs first; absent when neither CMD nor ENTRYPOINT is written. */
  readonly first?: StartCall;
}

export function containerStart(stage: BuildStage): ContainerStart {
  const last = (keyword: string): BuildStep | undefined =>
    stage.steps.findLast(({ instruction }) => instruction.keyword === keyword);
  const lines = ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].flatMap((keyword) => {
    const step = last(keyword);
    const line = step === undefined ? undefined : commandLine(step);
    return step === undefined || line === undefined ? [] : [startLine(step, line)];
  });
  const [main] = lines.filter(({ step }) => step.instruction.keyword !== 'HEALTHCHECK');
  // Arguments of an ENTRYPOINT are no program, unless it is one that runs its arguments.
  const counted = lines.filter(
    (line) =>
      line === main ||
      line.step.instruction.keyword === 'HEALTHCHECK' ||
      (!line.shell && main?.calls.length === 0) ||
      runsArguments(main),
  );
  const [first] = main?.calls ?? [];
  const second = counted.find((line) => line !== main && line.step.instruction.keyword === 'CMD')?.calls[0];
  const starts = first ?? second;
  return { lines: counted, ...(starts === undefined ? {} : { first: starts }) };
}

function commandLine({ instruction }: BuildStep): CommandLine | undefined {
  return instruction.keyword === 'CMD' || instruction.keyword === 'ENTRYPOINT' || instruction.keyword === 'HEALTHCHECK'
    ? instruction.command
    : undefined;
}

/** A script as ENTRYPOINT usually ends in `exec "$@"`. */
function runsArguments(main: StartLine | undefined): boolean {
  return main?.calls.some(({ program }) => /\.sh$|entrypoint|(?:^|\/)(?:tini|dumb-init|env)$/.test(program)) === true;
}

function startLine(step: BuildStep, line: CommandLine): StartLine {
  if (line.form === 'exec') {
    const [program = '', option, script] = line.arguments;
    if (/^(?:\/bin\/)?(?:ba|da|a)?sh$/.test(program) && option === '-c' && script !== undefined)
      return { step, shell: true, calls: [{ program, words: [] }, ...scriptCalls(script)] };
    return { step, shell: false, calls: unwrapped(line.arguments) };
  }
  const plain = plainWords(line.script);
  return { step, shell: true, ...(plain && { plain }), calls: scriptCalls(line.script) };
}

/** `tini -- app` is a call of tini and one of app. */
function unwrapped(words: readonly string[]): StartCall[] {
  const [program, ...rest] = words;
  if (program === undefined) return [];
  const call = { program, words: rest };
  if (!/(?:^|\/)(?:tini|dumb-init)$/.test(program)) return [call];
  const next = rest.findIndex((word) => !word.startsWith('-'));
  return next < 0 ? [call] : [call, ...unwrapped(rest.slice(next))];
}

/** What a shell script calls; `exec`, `env` and programs that only start another one are looked through. */
export function scriptCalls(script: string): StartCall[] {
  return readCommands(script).commands.flatMap((command) => {
    const words = [command.name, ...command.arguments].flatMap((word) => (word ? [word.value ?? word.text] : []));
    while (/^(?:exec|env|command|nohup)$|^\w+=/.test(words[0] ?? '') && words.length > 1) words.shift();
    return unwrapped(words);
  });
}

function plainWords(script: string): readonly string[] | undefined {
  const { commands, problems } = readCommands(script);
  const [command, ...others] = commands;
  if (command?.name === undefined || others.length > 0 || problems.length > 0) return undefined;
  if (command.assignments.length > 0 || command.redirections.length > 0 || command.isolated) return undefined;
  if (script.slice(command.end).trim() !== '' || script.slice(0, command.start).trim() !== '') return undefined;
  const words: string[] = [];
  for (const word of [command.name, ...command.arguments]) {
    if (word.value === undefined) return undefined;
    words.push(word.value);
  }
  return words[0] === 'exec' ? words.slice(1) : words;
}
