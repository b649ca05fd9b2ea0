/** How the steps of an application that is run as it is written are shared between the two stages. */
import { t } from '../localize';
import type { InterpretedReading, InterpretedStep } from './interpreted-reading';
import { type RuntimePackages, runtimePackages } from './split-packages';
import { contextPathOf } from './split-stage';
import type { PlacedStep } from './split-text';
import { within } from './split-types';

export interface InterpretedLanguage {
  /** Variables that only installing reads. */
  readonly isBuildVariable: (name: string) => boolean;
  /** The path, absolute, is a tool that only installing needs; `used`: programs that the container runs. */
  readonly isTool: (path: string, used: ReadonlySet<string>) => boolean;
}

/** Each step's place, and what the runtime stage installs of the distribution for those that are not repeated. */
export interface InterpretedPlaces {
  readonly steps: readonly PlacedStep[];
  readonly packages: readonly RuntimePackages[];
  /** Packages of the distribution stay behind. */
  readonly drops: boolean;
}

interface Placement {
  readonly placed: PlacedStep;
  readonly packages?: RuntimePackages;
}

/** A string says why it can't be told, localised. */
export function placeInterpreted(
  reading: InterpretedReading,
  language: InterpretedLanguage,
  keyword: (word: string) => string,
): InterpretedPlaces | string {
  const steps: PlacedStep[] = [];
  const packages: RuntimePackages[] = [];
  for (const [index, step] of reading.steps.entries()) {
    const found = place(reading, step, index <= reading.last, language, keyword);
    if (typeof found === 'string') return found;
    steps.push(found.placed);
    if (found.packages !== undefined) packages.push(found.packages);
  }
  return { steps, packages, drops: packages.some(({ whole }) => !whole) };
}

function place(
  reading: InterpretedReading,
  use: InterpretedStep,
  inBuild: boolean,
  language: InterpretedLanguage,
  keyword: (word: string) => string,
): Placement | string {
  const { step } = use.read;
  const both: PlacedStep = { step, builder: inBuild, runtime: inBuild ? 'repeated' : 'moved' };
  const builder: PlacedStep = { step, builder: true, runtime: 'no' };
  const runtime: PlacedStep = { step, builder: false, runtime: 'moved' };
  switch (step.instruction.keyword) {
    case 'ARG':
      return { placed: inBuild ? builder : runtime };
    case 'ENV':
      return {
        placed: step.instruction.pairs.every(({ name }) => language.isBuildVariable(name.text)) ? builder : both,
      };
    case 'WORKDIR':
    case 'USER':
    case 'SHELL':
      return { placed: both };
    case 'COPY':
    case 'ADD':
      return { placed: placeCopy(reading, use, inBuild, language, { both, builder }) };
    case 'RUN':
      return placeRun(reading, use, inBuild, keyword, { both, builder });
    case 'CMD':
    case 'ENTRYPOINT':
    case 'HEALTHCHECK':
    case 'LABEL':
    case 'EXPOSE':
    case 'VOLUME':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { placed: runtime };
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

interface Places {
  readonly both: PlacedStep;
  readonly builder: PlacedStep;
}

function placeCopy(
  reading: InterpretedReading,
  use: InterpretedStep,
  inBuild: boolean,
  language: InterpretedLanguage,
  { both, builder }: Places,
): PlacedStep {
  const { operation } = use.read.step;
  if (operation.kind !== 'copy') return both;
  const fromContext = operation.origin.kind === 'context';
  const tools = operation.sources.every(
    (source) => source.kind === 'path' && language.isTool(`/${source.path.replace(/^\//, '')}`, reading.used),
  );
  if (!fromContext && tools && operation.sources.length > 0) return builder;
  if (!inBuild) return both;
  if (reading.whole && within(operation.destination.replace(/(?!^)\/+\.?$/, ''), reading.folder)) return builder;
  return fromContext && onlyForInstalling(reading, use) ? builder : both;
}

/** What a later copy brings to the same place, such as the manifests that are copied before all else. */
function onlyForInstalling({ copied, single }: InterpretedReading, { read }: InterpretedStep): boolean {
  const own = copied.filter(({ step }) => step === read.step);
  if (own.length === 0) return false;
  return own.every(({ source, target, step }) => {
    if (/^\/(?:var\/)?tmp(?:\/|$)/.test(target)) return true;
    const later = copied.filter(
      (other) => other.step.index > step.index && other.directory && within(target, other.target),
    );
    return later.some(
      (other) => contextPathOf(target, [other]) === source && single.snapshot.entry(source) !== undefined,
    );
  });
}

function placeRun(
  reading: InterpretedReading,
  use: InterpretedStep,
  inBuild: boolean,
  keyword: (word: string) => string,
  { both, builder }: Places,
): Placement | string {
  const { read, own, others } = use;
  const mixed = t('line {0} both builds the project and changes the system around it', read.line);
  const has = (kind: string): boolean => read.commands.some(({ deed }) => deed.kind === kind);
  const packages = has('system') ? runtimePackages(reading.single, read, reading.used) : undefined;
  if (typeof packages === 'string') return packages;
  const settings = own.filter(({ deed }) => deed.kind === 'setting').map(({ command }) => command);
  const builds = own.some(({ deed }) => deed.kind === 'install' || deed.kind === 'project');
  const prepares = own.some(({ deed }) => deed.kind === 'prepare');
  const [other] = others;
  const placing = read.commands.flatMap(({ deed }) => (deed.kind === 'place' ? deed.paths : []));
  const outside =
    has('users') ||
    placing.some(
      (path) =>
        !/^\/(?:tmp|var\/tmp|root)(?:\/|$)/.test(path) &&
        !reading.trees.some((tree) => within(path, tree)) &&
        !(reading.whole && within(path, reading.folder)),
    );
  if (other !== undefined && (inBuild || builds)) {
    const sentence = 'it is not known whether what {0} in line {1} makes is needed to build or to run';
    return t(sentence, other.name ?? other.program ?? '', read.line);
  }
  if (builds || prepares || (packages !== undefined && !packages.whole)) {
    if (outside || (others.length > 0 && !builds)) return mixed;
    const texts = settings.map((command) =>
      command.redirections.length > 0
        ? undefined
        : [command.program, ...command.words.map(({ text }) => text)].join(' '),
    );
    if (texts.includes(undefined)) return mixed;
    const placed: PlacedStep =
      texts.length === 0
        ? builder
        : { ...builder, runtime: 'repeated', runtimeText: `${keyword('RUN')} ${texts.join(' && ')}` };
    return { placed, ...(packages !== undefined && { packages }) };
  }
  if (packages !== undefined || settings.length > 0 || has('users')) return { placed: both };
  // What only concerns the project is done to it before it is carried over.
  const project = placing.length > 0 && placing.every((path) => within(path, reading.folder));
  return { placed: reading.whole && inBuild && project ? builder : both };
}
