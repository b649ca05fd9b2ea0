/** What each instruction does to the state, what it makes, and how history names it (dockerfile2llb/convert.go: dispatch). */
import type { CommandLine, EnvInstruction, Instruction, RunInstruction } from '../dockerfile/types';
import { resolveCopy } from './copy';
import { setConfigurationVariable, setVariable } from './environment';
import { quoteList, runHistory } from './history';
import { resolveWorkdir } from './paths';
import { resolveRun } from './run';
import type { StageState } from './stage-state';
import { defaultShell } from './stage-state';
import type { CopyOrigin, EnvironmentEntry, Operation } from './types';

/** What an instruction may ask of the build around it. */
export interface BuildSurroundings {
  /** `\` or a backtick. */
  readonly expand: (text: string, environment: readonly EnvironmentEntry[]) => string;
  readonly expandBody: (text: string, environment: readonly EnvironmentEntry[]) => string;
  readonly expandList: (text: string, environment: readonly EnvironmentEntry[]) => readonly string[];
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly globalArguments: readonly EnvironmentEntry[];
  readonly copyOrigin: (name: string) => CopyOrigin;
  readonly mountOrigin: (name: string) => CopyOrigin;
}

export interface InstructionEffect {
  readonly state: StageState;
  readonly operation: Operation;
  readonly createdBy: string;
}

/** Arguments that never become environment (convert.go: nonEnvArgs). */
const scanArguments = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

const metadata: Operation = { kind: 'metadata' };

function commandWords(command: CommandLine, shell: readonly string[]): readonly string[] {
  return command.form === 'exec' ? command.arguments : [...shell, command.script];
}

function argumentEffect(instruction: EnvInstruction, before: StageState, around: BuildSurroundings): InstructionEffect {
  let state = before;
  const texts: string[] = [];
  for (const pair of instruction.pairs) {
    const name = pair.name.text;
    const given = around.buildArguments[name];
    const global = around.globalArguments.find((entry) => entry.name === name)?.value;
    const value = given ?? (pair.value === undefined ? global : around.expand(pair.value.text, state.environment));
    if (value !== undefined && !scanArguments.has(name)) {
      state = { ...state, environment: setVariable(state.environment, name, value) };
    }
    state = { ...state, buildArguments: [...state.buildArguments, { name, value: value ?? '' }] };
    texts.push(value === undefined ? name : `${name}=${value}`);
  }
  return { state, operation: metadata, createdBy: `ARG ${texts.join(' ')}` };
}

function expandPairs(
  instruction: EnvInstruction,
  state: StageState,
  around: BuildSurroundings,
): readonly EnvironmentEntry[] {
  return instruction.pairs.map(({ name, value }) => ({
    name: around.expand(name.text, state.environment),
    value: value === undefined ? '' : around.expand(value.text, state.environment),
  }));
}

function environmentEffect(
  instruction: EnvInstruction,
  before: StageState,
  around: BuildSurroundings,
): InstructionEffect {
  // All words of one ENV see the values from before it.
  const pairs = expandPairs(instruction, before, around);
  const texts = pairs.map(({ name, value }) => `${name}=${value}`);
  let state = before;
  if (instruction.keyword === 'LABEL') {
    let { labels } = state;
    for (const { name, value } of pairs) labels = setConfigurationVariable(labels, name, value);
    state = { ...state, labels };
  } else {
    for (const { name, value } of pairs) {
      state = {
        ...state,
        environment: setVariable(state.environment, name, value),
        configurationEnvironment: setConfigurationVariable(state.configurationEnvironment, name, value),
      };
    }
  }
  return { state, operation: metadata, createdBy: `${instruction.keyword} ${texts.join(' ')}` };
}

function runEffect(instruction: RunInstruction, state: StageState, around: BuildSurroundings): InstructionEffect {
  const operation = resolveRun(instruction, {
    workdir: state.workdir,
    os: state.os,
    shell: state.shell,
    expand: (text) => around.expand(text, state.environment),
    resolveOrigin: around.mountOrigin,
  });
  const visible = state.buildArguments.map(({ name, value }) => ({
    name,
    value: state.environment.find((entry) => entry.name === name)?.value ?? value,
  }));
  return { state, operation, createdBy: `${runHistory(operation.arguments, visible)} # buildkit` };
}

function workdirEffect(written: string, before: StageState, around: BuildSurroundings): InstructionEffect {
  const workdir = resolveWorkdir(before.workdir, around.expand(written, before.environment), before.os);
  const state = { ...before, workdir, configurationWorkdir: workdir };
  const operation: Operation =
    workdir === '/' ? metadata : { kind: 'make-directory', path: workdir, owner: before.configurationUser };
  return { state, operation, createdBy: `WORKDIR ${workdir}` };
}

/** The instruction's effect on a stage's state; pure. FROM is not handled here: it begins a stage. */
export function instructionEffect(
  instruction: Instruction,
  before: StageState,
  around: BuildSurroundings,
): InstructionEffect {
  const expand = (text: string) => around.expand(text, before.environment);
  switch (instruction.keyword) {
    case 'ARG':
      return argumentEffect(instruction, before, around);
    case 'ENV':
    case 'LABEL':
      return environmentEffect(instruction, before, around);
    case 'RUN':
      return runEffect(instruction, before, around);
    case 'COPY':
    case 'ADD': {
      const from = instruction.from?.value;
      const operation = resolveCopy(
        instruction,
        from === undefined || from === '' ? { kind: 'context' } : around.copyOrigin(from),
        {
          workdir: before.workdir,
          os: before.os,
          expand,
          expandBody: (text) => around.expandBody(text, before.environment),
        },
      );
      const words = [
        instruction.keyword,
        ...(operation.parents ? ['--parents'] : []),
        ...(operation.owner === undefined ? [] : [`--chown=${operation.owner}`]),
        ...(operation.mode === undefined ? [] : [`--chmod=${operation.mode}`]),
        ...operation.sources.map((source) => {
          if (source.kind === 'path') return source.written;
          return source.kind === 'heredoc' ? `<<${source.name}` : source.url;
        }),
        expand(instruction.destination.text),
        '# buildkit',
      ];
      return { state: before, operation, createdBy: words.join(' ') };
    }
    case 'WORKDIR':
      return workdirEffect(instruction.words[0]?.text ?? '', before, around);
    case 'USER': {
      const user = expand(instruction.words[0]?.text ?? '');
      return { state: { ...before, user, configurationUser: user }, operation: metadata, createdBy: `USER ${user}` };
    }
    case 'SHELL': {
      const shell = commandWords(instruction.command, []);
      const state = { ...before, shell: shell.length > 0 ? shell : defaultShell(before.os), configuredShell: shell };
      return { state, operation: metadata, createdBy: `SHELL [${shell.join(' ')}]` };
    }
    case 'CMD': {
      const command = commandWords(instruction.command, before.shell);
      return {
        state: { ...before, command, commandSetHere: true },
        operation: metadata,
        createdBy: `CMD ${quoteList(command)}`,
      };
    }
    case 'ENTRYPOINT': {
      const entrypoint = commandWords(instruction.command, before.shell);
      const command = before.commandSetHere ? before.command : undefined;
      return {
        state: { ...before, entrypoint, command },
        operation: metadata,
        createdBy: `ENTRYPOINT ${quoteList(entrypoint)}`,
      };
    }
    case 'EXPOSE': {
      const ports = instruction.words.flatMap((word) => around.expandList(word.text, before.environment));
      const normalised = ports.map((port) => (port.includes('/') ? port.toLowerCase() : `${port}/tcp`)).toSorted();
      const exposed = [...new Set([...before.exposed, ...normalised])];
      return { state: { ...before, exposed }, operation: metadata, createdBy: `EXPOSE [${normalised.join(' ')}]` };
    }
    case 'VOLUME': {
      const volumes = instruction.words.map((word) => expand(word.text));
      const state = { ...before, volumes: [...new Set([...before.volumes, ...volumes])] };
      return { state, operation: metadata, createdBy: `VOLUME [${volumes.join(' ')}]` };
    }
    case 'STOPSIGNAL':
      return {
        state: before,
        operation: metadata,
        createdBy: `STOPSIGNAL ${expand(instruction.words[0]?.text ?? '')}`,
      };
    case 'MAINTAINER':
      return { state: before, operation: metadata, createdBy: `MAINTAINER ${instruction.words[0]?.text ?? ''}` };
    case 'HEALTHCHECK':
      return { state: before, operation: metadata, createdBy: 'HEALTHCHECK' };
    case 'ONBUILD':
      return { state: before, operation: { kind: 'nothing' }, createdBy: '' };
    case 'FROM':
    case 'INVALID':
      return { state: before, operation: { kind: 'unknown' }, createdBy: '' };
  }
}
