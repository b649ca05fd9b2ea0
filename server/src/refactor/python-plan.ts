/** How a Python application's steps are shared between the two stages. */
import { t } from '../localize';
import { containerStart } from './container-start';
import { fullImagePackages, fullImagePrograms, libraryPackages } from './python-commands';
import type { PythonReading, PythonStep } from './python-reading';
import { runtimeLibraries } from './runtime-libraries';
import { type RuntimeBase, sameBase, slimBase } from './split-base';
import { installCommand, type RuntimePackages, runtimePackages } from './split-packages';
import { contextPathOf } from './split-stage';
import type { PlacedStep } from './split-text';
import { type SingleStage, within } from './split-types';

export interface PythonPlan {
  readonly single: SingleStage;
  readonly base: RuntimeBase;
  readonly steps: readonly PlacedStep[];
  /** The virtual environment, absolute. */
  readonly folder: string;
  /** The split makes it; else the file did. */
  readonly ownEnvironment: boolean;
  /** Command that installs the packages of the distribution that were installed together with others. */
  readonly packages?: string;
  readonly cautions: readonly string[];
}

const ownFolder = '/opt/venv';

/** A string says why there is none, localised; undefined: it would gain nothing. */
export function planPython(reading: PythonReading): PythonPlan | string | undefined {
  const { single, steps } = reading;
  const environments = [
    ...new Set(
      steps.flatMap(({ python }) => python.flatMap((deed) => (deed.kind === 'environment' ? [deed.folder] : []))),
    ),
  ];
  const installs = steps.flatMap(({ python }) => python).filter((deed) => deed.kind === 'install');
  const [folder = ownFolder, another] = environments;
  if (another !== undefined) return t('there are several virtual environments');
  const ownEnvironment = environments.length === 0;
  const start = whyNoStart(reading, ownEnvironment);
  if (start !== undefined) return start;
  const last = steps.findLastIndex(({ python }) =>
    python.some(({ kind }) => kind === 'install' || kind === 'environment'),
  );
  const used = new Set(containerStart(single.stage).lines.flatMap(({ calls }) => calls.map(({ program }) => program)));
  const names = steps.flatMap(({ python }) =>
    python.flatMap((deed) => (deed.kind === 'install' || deed.kind === 'environment' ? deed.names : [])),
  );
  const full = whyFull(reading, last, used, names);
  const slim = single.reference.tag?.includes('alpine') === true ? undefined : slimBase(single, isFull);
  if (slim !== undefined && full === undefined) {
    const unread = installs.find((deed) => deed.unread !== undefined)?.unread;
    if (unread !== undefined) return unread;
  }
  const base = full === undefined ? (slim ?? sameBase(single)) : sameBase(single);
  const packages: RuntimePackages[] = [];
  const placed: PlacedStep[] = [];
  let dropped = false;
  for (const [index, step] of steps.entries()) {
    const found = place(reading, step, index <= last, used);
    if (typeof found === 'string') return found;
    placed.push(found.placed);
    if (found.packages !== undefined) packages.push(found.packages);
    dropped ||= found.drops;
  }
  if (base.expanded === single.expanded && !dropped) return full === undefined ? undefined : whyNothing(full);
  const libraries = slim === undefined || full !== undefined ? [] : librariesOf(single, names);
  if (typeof libraries === 'string') return libraries;
  const wanted = [...new Set([...packages.flatMap((each) => each.names), ...libraries])];
  const recommends = packages.some((each) => each.recommends);
  return {
    single,
    base,
    steps: placed,
    folder,
    ownEnvironment,
    ...(wanted.length > 0 && { packages: installCommand(single.system.distribution, wanted, recommends) }),
    cautions: [
      ...(dropped ? [t('Compilers and development packages are no longer in the image.')] : []),
      ...(base.expanded === single.expanded
        ? []
        : [
            t(
              '{0} has no git, curl or compilers and fewer libraries: a package that was compiled against one of them would not load.',
              base.expanded,
            ),
          ]),
      ...(full === undefined ? [] : [t('The runtime stage keeps the full image, because {0}.', full)]),
      ...(ownEnvironment ? [t('Packages lie in {0} instead of among those of Python itself.', folder)] : []),
    ],
  };
}

function whyNothing(full: string): string | undefined {
  return t('the container needs the full image, because {0}', full);
}

const isFull = (tag: string): boolean =>
  /^(?:latest|\d+(?:\.\d+){0,2}(?:[a-z]+\d+)?)?-?(?:buster|bullseye|bookworm|trixie)?$/.test(tag) && tag !== '';

/** Why the programs that start the container are not found in a virtual environment, localised. */
function whyNoStart({ single, steps, copied }: PythonReading, ownEnvironment: boolean): string | undefined {
  const { lines, first } = containerStart(single.stage);
  if (first === undefined) return t('neither CMD nor ENTRYPOINT says how the application starts');
  if (!ownEnvironment) return undefined;
  const fixed = lines
    .flatMap(({ calls }) => calls.map(({ program }) => program))
    .find(
      (program) =>
        /^\/usr\/(?:local\/)?bin\/(?!env$|tini$|dumb-init$)/.test(program) &&
        contextPathOf(program, copied) === undefined,
    );
  if (fixed !== undefined) return t('the container runs {0}, and packages would lie elsewhere', fixed);
  const script = lines
    .flatMap(({ calls }) => calls.map(({ program }) => program))
    .flatMap(
      (program) =>
        contextPathOf(program.startsWith('/') ? program : `${single.stage.finalState.workdir}/${program}`, copied) ??
        [],
    )
    .find((source) => /^#!\/usr\/(?:local\/)?bin\/python/.test(single.context.readContextFile(source) ?? ''));
  if (script !== undefined) return t('{0} names the Python that has none of the packages', script);
  for (const { read } of steps) {
    const { instruction } = read.step;
    if (instruction.keyword !== 'ENV') continue;
    const path = instruction.pairs.find(({ name }) => name.text === 'PATH');
    if (path !== undefined && !/\$\{?PATH\b/.test(path.value?.text ?? ''))
      return t('line {0} sets PATH without what it was', read.line);
  }
  return undefined;
}

/** Why the runtime stage needs what only the full image has, localised. */
function whyFull(
  { steps }: PythonReading,
  last: number,
  used: ReadonlySet<string>,
  names: readonly string[],
): string | undefined {
  const installed = new Set(
    steps.flatMap(({ read }) => read.commands.flatMap(({ deed }) => (deed.kind === 'system' ? deed.names : []))),
  );
  const program = [...used].find((each) => fullImagePrograms.has(each) && !installed.has(each));
  if (program !== undefined) return t('the container runs {0}', program);
  for (const { others, read } of steps.slice(last + 1)) {
    const called = [...others, ...read.commands.map(({ command }) => command)].find(
      ({ name }) => name !== undefined && fullImagePrograms.has(name) && !installed.has(name),
    );
    if (called?.name !== undefined) return t('line {0} runs {1}', read.line, called.name);
  }
  const needing = names.find((name) => fullImagePackages.has(name));
  return needing === undefined ? undefined : t('{0} uses programs or libraries of it', needing);
}

function librariesOf(single: SingleStage, names: readonly string[]): readonly string[] | string {
  const found: string[] = [];
  for (const name of names) {
    const development = libraryPackages[name];
    if (development === undefined) continue;
    const libraries = runtimeLibraries(development, single.system);
    if (libraries === undefined) return t('it is not known which packages hold the libraries that go with {0}', name);
    found.push(...libraries);
  }
  return found;
}

interface Placement {
  readonly placed: PlacedStep;
  /** Packages of the distribution that the runtime stage installs in a command of its own. */
  readonly packages?: RuntimePackages;
  /** Leaves packages behind. */
  readonly drops: boolean;
}

function place(
  reading: PythonReading,
  use: PythonStep,
  inBuild: boolean,
  used: ReadonlySet<string>,
): Placement | string {
  const { step } = use.read;
  const both: PlacedStep = { step, builder: inBuild, runtime: inBuild ? 'repeated' : 'moved' };
  const builder: PlacedStep = { step, builder: true, runtime: 'no' };
  const runtime: PlacedStep = { step, builder: false, runtime: 'moved' };
  switch (step.instruction.keyword) {
    case 'ARG':
      return { placed: inBuild ? builder : runtime, drops: false };
    case 'ENV':
      return {
        placed: step.instruction.pairs.every(({ name }) => /^(?:PIP|POETRY|UV|PIPENV)_/.test(name.text))
          ? builder
          : both,
        drops: false,
      };
    case 'WORKDIR':
    case 'USER':
    case 'SHELL':
      return { placed: both, drops: false };
    case 'COPY':
    case 'ADD':
      return { placed: inBuild && onlyForInstalling(reading, use) ? builder : both, drops: false };
    case 'RUN':
      return placeRun(reading, use, inBuild, used, { both, builder });
    case 'CMD':
    case 'ENTRYPOINT':
    case 'HEALTHCHECK':
    case 'LABEL':
    case 'EXPOSE':
    case 'VOLUME':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { placed: runtime, drops: false };
    case 'FROM':
    case 'ONBUILD':
    case 'INVALID':
      return t('line {0} cannot be carried over', use.read.line);
    default: {
      const never: never = step.instruction;
      return never;
    }
  }
}

function placeRun(
  reading: PythonReading,
  use: PythonStep,
  inBuild: boolean,
  used: ReadonlySet<string>,
  { both, builder }: { readonly both: PlacedStep; readonly builder: PlacedStep },
): Placement | string {
  const { read, python, others } = use;
  const kinds = new Set(read.commands.map(({ deed }) => deed.kind));
  const packages = kinds.has('system') ? runtimePackages(reading.single, read, used) : undefined;
  if (typeof packages === 'string') return packages;
  const mixed =
    others.length > 0 ||
    kinds.has('users') ||
    placesOutside(read.commands.flatMap(({ deed }) => (deed.kind === 'place' ? deed.paths : [])));
  const sentence = 'line {0} both builds the project and changes the system around it';
  if (python.length > 0) {
    if (mixed) return t(sentence, read.line);
    const drops = packages !== undefined && !packages.whole;
    return { placed: builder, drops, ...(packages !== undefined && { packages }) };
  }
  if (packages !== undefined) {
    if (!packages.whole && mixed) return t(sentence, read.line);
    if (!packages.whole) return { placed: inBuild ? builder : builder, packages, drops: true };
    return { placed: both, drops: false };
  }
  if (others.length > 0 && inBuild) {
    const name = others[0]?.name ?? others[0]?.program ?? '';
    return t('it is not known whether what {0} in line {1} makes is needed to build or to run', name, read.line);
  }
  return { placed: both, drops: false };
}

function placesOutside(paths: readonly string[]): boolean {
  return paths.some((path) => !/^\/(?:tmp|var\/tmp|root)(?:\/|$)/.test(path));
}

/** A copy of wheels, or of what a later copy brings to the same place, or to a folder for temporary files. */
function onlyForInstalling({ copied, steps, single }: PythonReading, { read }: PythonStep): boolean {
  const own = copied.filter(({ step }) => step === read.step);
  if (own.length === 0) return false;
  const links = steps.flatMap(({ python }) => python.flatMap((deed) => (deed.kind === 'install' ? deed.links : [])));
  return own.every(({ source, target, step }) => {
    if (/^\/(?:var\/)?tmp(?:\/|$)/.test(target) || /\.whl$/.test(source)) return true;
    if (links.some((folder) => within(target, folder))) return true;
    const later = copied.filter(
      (other) => other.step.index > step.index && other.directory && within(target, other.target),
    );
    return later.some(
      (other) => contextPathOf(target, [other]) === source && single.snapshot.entry(source) !== undefined,
    );
  });
}
