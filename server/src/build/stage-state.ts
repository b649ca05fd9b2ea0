/** What one stage carries while its instructions are gone through, and how a stage begins. */
import { defaultSearchPath, lookUp, setVariable, splitVariable } from './environment';
import { resolveWorkdir } from './paths';
import type { EnvironmentEntry, ImageConfiguration, StepState } from './types';

/** State of the builder plus the image configuration that grows beside it. Immutable; each instruction gives a new one. */
export interface StageState extends StepState {
  readonly os: string;
  readonly configurationEnvironment: readonly EnvironmentEntry[];
  readonly configurationUser: string;
  readonly configurationWorkdir: string;
  readonly configuredShell: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  /** CMD was set in this stage, so ENTRYPOINT does not reset it. */
  readonly commandSetHere: boolean;
  readonly exposed: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: readonly EnvironmentEntry[];
}

/** Default shell (dockerfile2llb/defaultshell.go). */
export function defaultShell(os: string): readonly string[] {
  return os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
}

/** The values that a step sees; the same value for the same state. */
export function stepState(state: StageState): StepState {
  let seen = seenOf.get(state);
  if (seen === undefined) {
    const { environment, buildArguments, workdir, user, shell } = state;
    seen = { environment, buildArguments, workdir, user, shell };
    seenOf.set(state, seen);
  }
  return seen;
}

const seenOf = new WeakMap<StageState, StepState>();

/**
 * Adds PATH when there is none, then puts the configuration's environment over the state's: in a child of another stage this sets ENV
 * values over arguments of the same name (convert.go: dispatchStages).
 */
function withConfiguredEnvironment(state: StageState): StageState {
  const hasPath = lookUp(state.configurationEnvironment, 'PATH') !== undefined;
  const configured =
    hasPath || state.os === 'windows'
      ? state.configurationEnvironment
      : [...state.configurationEnvironment, { name: 'PATH', value: defaultSearchPath }];
  let { environment } = state;
  for (const { name, value } of configured) environment = setVariable(environment, name, value);
  return { ...state, configurationEnvironment: configured, environment };
}

const nothingConfigured: ImageConfiguration = { environment: [], workdir: '', user: '', onbuild: [] };
const beginnings = new WeakMap<ImageConfiguration, Map<string, StageState>>();

/**
 * How a stage on an image begins; without configuration (scratch, or an image that is not known) with an empty one. The same value for the
 * same configuration.
 */
export function beginOnImage(configuration: ImageConfiguration = nothingConfigured, os: string): StageState {
  let known = beginnings.get(configuration);
  if (known === undefined) {
    known = new Map();
    beginnings.set(configuration, known);
  }
  let state = known.get(os);
  if (state === undefined) {
    state = beginWith(configuration, os);
    known.set(os, state);
  }
  return state;
}

function beginWith(configuration: ImageConfiguration, os: string): StageState {
  const { workdir, user } = configuration;
  const shell = configuration.shell !== undefined && configuration.shell.length > 0 ? configuration.shell : undefined;
  return withConfiguredEnvironment({
    os,
    environment: [],
    buildArguments: [],
    workdir: workdir === '' ? '/' : resolveWorkdir('/', workdir, os),
    user,
    shell: shell ?? defaultShell(os),
    configurationEnvironment: configuration.environment.map(splitVariable),
    configurationUser: user,
    configurationWorkdir: workdir,
    configuredShell: shell,
    command: configuration.command,
    entrypoint: configuration.entrypoint,
    commandSetHere: false,
    exposed: [],
    volumes: [],
    labels: Object.entries(configuration.labels ?? {}).map(([name, value]) => ({ name, value })),
  });
}

/**
 * How a stage on an earlier stage begins: everything is inherited, build arguments too (convert.go: dispatchState.init). The same value for
 * the same state.
 */
export function beginOnStage(parent: StageState): StageState {
  let state = continuations.get(parent);
  if (state === undefined) {
    state = withConfiguredEnvironment({ ...parent, commandSetHere: false });
    continuations.set(parent, state);
  }
  return state;
}

const continuations = new WeakMap<StageState, StageState>();
