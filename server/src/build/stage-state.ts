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

/** The values that a step sees. */
export function stepState(state: StageState): StepState {
  const { environment, buildArguments, workdir, user, shell } = state;
  return { environment, buildArguments, workdir, user, shell };
}

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

/** How a stage on an image begins; without configuration (scratch, or an image that is not known) with an empty one. */
export function beginOnImage(configuration: ImageConfiguration | undefined, os: string): StageState {
  const shell = configuration?.shell !== undefined && configuration.shell.length > 0 ? configuration.shell : undefined;
  const workdir = configuration?.workdir ?? '';
  return withConfiguredEnvironment({
    os,
    environment: [],
    buildArguments: [],
    workdir: workdir === '' ? '/' : resolveWorkdir('/', workdir, os),
    user: configuration?.user ?? '',
    shell: shell ?? defaultShell(os),
    configurationEnvironment: (configuration?.environment ?? []).map(splitVariable),
    configurationUser: configuration?.user ?? '',
    configurationWorkdir: workdir,
    configuredShell: shell,
    command: configuration?.command,
    entrypoint: configuration?.entrypoint,
    commandSetHere: false,
    exposed: [],
    volumes: [],
    labels: Object.entries(configuration?.labels ?? {}).map(([name, value]) => ({ name, value })),
  });
}

/** How a stage on an earlier stage begins: everything is inherited, build arguments too (convert.go: dispatchState.init). */
export function beginOnStage(parent: StageState): StageState {
  return withConfiguredEnvironment({ ...parent, commandSetHere: false });
}
