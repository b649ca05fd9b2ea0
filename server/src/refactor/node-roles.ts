/** Which stage each instruction of a Node application's Dockerfile belongs to once it is split. */
import type { BuildStage, BuildStep, CopyOperation } from '../build/types';
import { t } from '../localize';
import { type CommandPurpose, isRuntimeTool, purposesOf } from './node-commands';
import type { PackageManager } from './node-project';
import type { PlacedStep } from './split-text';

export interface StepRole extends PlacedStep {
  readonly purposes: readonly CommandPurpose[];
  /** Makes or changes the project's files. */
  readonly project: boolean;
}

export interface NodeRoles {
  readonly kind: 'roles';
  /** Absolute folder of the project in the image. */
  readonly folder: string;
  readonly manager: PackageManager;
  readonly roles: readonly StepRole[];
  /** Index into `roles` of the last step that makes or changes the project's files. */
  readonly lastProject: number;
  readonly firstInstall: number;
  /** Value for `--chown`, when the project does not belong to root. */
  readonly owner?: string;
  /** Development dependencies are not there when the last project step is done, as far as the commands tell. */
  readonly pruned: boolean;
  readonly builds: boolean;
  /** Yarn and pnpm come from Corepack, which fetches them when they first run. */
  readonly corepack: boolean;
  /** Operating system packages go into the runtime stage. */
  readonly systemAtRuntime: boolean;
}

export type RolesReading =
  | NodeRoles
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'none' };

function refused(sentence: string, ...parameters: (string | number)[]): RolesReading {
  return { kind: 'refused', reason: t(sentence, ...parameters) };
}

/** Reads a stage that installs a Node project; `none` when it installs nothing. `startup` names the programs that run in the container. */
export function readRoles(stage: BuildStage, startup: readonly string[]): RolesReading {
  const install = stage.steps
    .filter((step) => /\b(?:npm|yarn|yarnpkg|pnpm)\b/.test(scriptOf(step) ?? ''))
    .map((step) => ({
      step,
      found: purposesOf(scriptOf(step) ?? '', '', '/').find((purpose) => purpose.kind === 'install'),
    }))
    .find(({ found }) => found !== undefined);
  if (install?.found?.kind !== 'install') return { kind: 'none' };
  const folder = install.step.state.workdir.replace(/(?!^)\/+$/, '');
  if (folder === '/') return refused('the application lies in /, so nothing tells it from the operating system');
  const drafts: Draft[] = [];
  for (const step of stage.steps) {
    const draft = readStep(step, folder, startup);
    if (typeof draft === 'string') return { kind: 'refused', reason: draft };
    drafts.push(draft);
  }
  const lastProject = drafts.findLastIndex((draft) => draft.project);
  const firstInstall = stage.steps.indexOf(install.step);
  if (drafts[lastProject]?.step.state.workdir.replace(/(?!^)\/+$/, '') !== folder) {
    return refused('dependencies are installed in one folder and used in another');
  }
  const owner = ownerOf(drafts, firstInstall);
  if (owner === 'several') return refused("the project's files belong to several users");
  const purposes = drafts.flatMap((draft) => draft.purposes);
  const installs = purposes.filter((purpose) => purpose.kind === 'install');
  const production = install.step.state.environment.some(
    ({ name, value }) => name === 'NODE_ENV' && value === 'production',
  );
  const roles = drafts.map((draft, index) => roleOf(draft, index, lastProject));
  return {
    kind: 'roles',
    folder,
    manager: install.found.manager,
    roles,
    lastProject,
    firstInstall,
    ...(owner !== undefined && { owner }),
    pruned:
      production ||
      installs.every((purpose) => purpose.production) ||
      purposes.some((purpose) => purpose.kind === 'build' && purpose.prunes),
    builds: purposes.some((purpose) => purpose.kind === 'build' && !purpose.prunes),
    corepack: purposes.some((purpose) => purpose.kind === 'tool' && purpose.corepack),
    systemAtRuntime: roles.some(
      (role) =>
        role.runtime !== 'no' && role.purposes.some((purpose) => purpose.kind === 'system' || purpose.kind === 'setup'),
    ),
  };
}

/** The script of a RUN; undefined for any other step. */
function scriptOf(step: BuildStep): string | undefined {
  if (step.operation.kind !== 'execute') return undefined;
  const { command } = step.operation;
  return command.form === 'shell'
    ? command.script
    : command.arguments.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

interface Draft {
  readonly step: BuildStep;
  readonly purposes: readonly CommandPurpose[];
  readonly project: boolean;
  /** Needed in the runtime stage too, or there alone when nothing of the project comes after it. */
  readonly atRuntime: boolean;
  readonly place: 'both' | 'runtime';
}

function readStep(step: BuildStep, folder: string, startup: readonly string[]): Draft | string {
  const line = step.instruction.range.start.line + 1;
  if (step.origin.kind === 'onbuild') return t('the base image adds steps of its own (ONBUILD)');
  const draft = (atRuntime: boolean, place: Draft['place'] = 'both'): Draft => ({
    step,
    purposes: [],
    project: false,
    atRuntime,
    place,
  });
  const { keyword } = step.instruction;
  switch (keyword) {
    case 'ENV':
    case 'WORKDIR':
    case 'SHELL':
    case 'USER':
      return draft(true);
    case 'ARG':
      return draft(false);
    case 'LABEL':
    case 'EXPOSE':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'HEALTHCHECK':
    case 'VOLUME':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return draft(true, 'runtime');
    case 'COPY':
    case 'ADD':
      return step.operation.kind === 'copy'
        ? readCopy(step, step.operation, folder, line)
        : t('line {0} is not understood', line);
    case 'RUN':
      return readRun(step, folder, startup, line);
    case 'FROM':
    case 'ONBUILD':
    case 'INVALID':
      return t('line {0} cannot be carried over', line);
    default: {
      const never: never = keyword;
      return never;
    }
  }
}

/** A path without a trailing slash. */
export function cleanFolder(path: string): string {
  return path.replace(/(?:\/+\.?)+$/, '') || '/';
}

function readCopy(step: BuildStep, operation: CopyOperation, folder: string, line: number): Draft | string {
  const destination = cleanFolder(operation.destination);
  const project = destination === folder || destination.startsWith(`${folder}/`);
  const around = folder.startsWith(destination === '/' ? '/' : `${destination}/`);
  if (!project && around && operation.sources.some((source) => source.kind === 'path' && source.path === '')) {
    return t('line {0} copies more than the project', line);
  }
  return { step, purposes: [], project, atRuntime: !project, place: 'both' };
}

function readRun(step: BuildStep, folder: string, startup: readonly string[], line: number): Draft | string {
  const script = scriptOf(step);
  if (script === undefined) return t('line {0} is not understood', line);
  const purposes = purposesOf(script, folder, step.state.workdir).filter((purpose) => purpose.kind !== 'neutral');
  const unknown = purposes.find((purpose) => purpose.kind === 'unknown');
  if (unknown)
    return t('it is not known whether what {0} in line {1} makes is needed to build or to run', unknown.name, line);
  const project = purposes.some((purpose) => purpose.kind === 'install' || purpose.kind === 'build');
  const outside = purposes.some(
    (purpose) => purpose.kind === 'setup' || (purpose.kind === 'system' && !purpose.buildOnly),
  );
  if (project && outside) return t('line {0} both builds the project and changes the system around it', line);
  const tools = purposes.some((purpose) => isRuntimeTool(purpose, startup));
  return { step, purposes, project, atRuntime: outside || tools, place: 'both' };
}

function roleOf(draft: Draft, index: number, lastProject: number): StepRole {
  const { step, purposes, project } = draft;
  const base = { step, purposes, project };
  if (project) return { ...base, builder: true, runtime: 'no' };
  if (draft.place === 'runtime') return { ...base, builder: false, runtime: 'moved' };
  if (index < lastProject) return { ...base, builder: true, runtime: draft.atRuntime ? 'repeated' : 'no' };
  // `COPY --chown` does what a later `chown` of the project did.
  const ownershipOnly = purposes.length > 0 && purposes.every((purpose) => purpose.kind === 'ownership');
  return { ...base, builder: false, runtime: ownershipOnly ? 'no' : 'moved' };
}

function ownerOf(drafts: readonly Draft[], firstInstall: number): string | undefined | 'several' {
  const copies = drafts.flatMap(({ step, project }) =>
    project && step.operation.kind === 'copy' ? [step.operation.owner] : [],
  );
  const given = drafts.flatMap(({ purposes }) =>
    purposes.flatMap((purpose) => (purpose.kind === 'ownership' ? [purpose.owner] : [])),
  );
  const lastGiven = given.at(-1);
  if (lastGiven !== undefined) return lastGiven;
  const owners = new Set(copies);
  if (owners.size > 1) return 'several';
  const [owner] = owners;
  if (owner !== undefined) return owner;
  // What a command makes belongs to the user it runs as; COPY --from would give it to root.
  const user = drafts[firstInstall]?.step.state.user ?? '';
  return /^(?:|root|0)(?::|$)/.test(user) ? undefined : user;
}
