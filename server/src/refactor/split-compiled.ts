/** Splitting the Dockerfile of a compiled program: what every language has in common. */

import type { BuildStep } from '../build/types';
import type { ImageReference } from '../images/reference';
import { t } from '../localize';
import { type CarriedGroup, type Carrying, carriedLines, planCarrying } from './compiled-carrying';
import { type CompiledReading, type LanguageDeeds, readCompiled } from './compiled-reading';
import type { StartCall } from './container-start';
import { DocumentText } from './document';
import { offered } from './effect';
import type { RuntimeBase } from './split-base';
import { splitImageEffect } from './split-effect';
import { installCommand, type RuntimePackages, runtimePackages } from './split-packages';
import { type ProjectFiles, projectFiles } from './split-project-files';
import { refusedSplit } from './split-refusal';
import { singleStage } from './split-stage';
import { builderName, type PlacedStep, runtimeOrder, StageText } from './split-text';
import type { ReadStep, SingleStage } from './split-types';
import type { Offers, RefactorContext, RefactoringRule } from './types';

export interface Language extends LanguageDeeds {
  /** Id of the rule: `split-go`. */
  readonly id: string;
  readonly known: (reference: ImageReference) => boolean;
  /** Files of the context that only the build reads. */
  readonly isSource: (name: string, path: string) => boolean;
  /** Variables that only the build reads. */
  readonly isBuildVariable: (name: string) => boolean;
  /** Files that a call loads, where its program is that of the runtime image; undefined for programs of the build. */
  readonly artifactsOf?: (call: StartCall) => readonly string[] | undefined;
  /** The build copies what the program reads beside it, so that nothing else of the project is carried over. */
  readonly outputIsWhole?: (reading: CompiledReading) => boolean;
  /** Lines in place of steps of the builder stage, that install dependencies before the sources are copied. */
  readonly builderTexts?: (reading: CompiledReading) => ReadonlyMap<BuildStep, readonly string[]>;
  /** The runtime stage; a string says why there can be none, localised. */
  readonly choose: (facts: CompiledFacts) => Choice | string;
}

/** What a language chooses the runtime stage from. */
export interface CompiledFacts {
  readonly reading: CompiledReading;
  readonly carrying: Carrying;
  /** Why the runtime stage needs a shell, localised. */
  readonly needsShell?: string;
  /** Packages that the container needs besides what the build needed. */
  readonly packages: readonly string[];
  /** Users are made. */
  readonly users: boolean;
}

export interface Choice {
  readonly base: RuntimeBase;
  /** Stands above the FROM of the runtime stage, with its `#`, localised. */
  readonly comment?: string;
  /** Lines right under the builder's FROM. */
  readonly head: readonly string[];
  /** Lines at the end of the builder stage. */
  readonly tail: readonly string[];
  /** What is carried over besides what the build made. */
  readonly extra: readonly CarriedGroup[];
  /** What differs, localised. */
  readonly cautions: readonly string[];
  /** Packages that the runtime stage installs in addition. */
  readonly packages?: readonly string[];
  /** Lines right behind what is carried over. */
  readonly afterCarried?: readonly string[];
}

/** The rule of a language. */
export function compiledRule(language: Language): RefactoringRule {
  return { id: language.id, offer: (context) => offerSplit(context, language) };
}

function offerSplit(context: RefactorContext, language: Language): Offers {
  const single = singleStage(context, language.known);
  if ('kind' in single) return refusedSplit(context, language.id, single);
  const reading = readCompiled(single, language);
  if ('kind' in reading) return refusedSplit(context, language.id, reading);
  const split = planSplit(reading, language);
  if (typeof split === 'string') return refusedSplit(context, language.id, { kind: 'refused', reason: split });
  const { from } = single;
  const text = writeSplit(new DocumentText(context.dockerfile.text), split);
  const last = single.stage.steps.at(-1)?.instruction ?? from;
  const edits = [{ range: { start: from.range.start, end: last.range.end }, newText: text }];
  const proposal = {
    id: `${language.id}:${from.range.start.line + 1}`,
    title: t('Split into a build and a runtime stage'),
    kind: 'refactor.extract' as const,
    line: from.range.start.line + 1,
    endLine: last.range.end.line + 1,
    changesBehaviour: true,
    caution: split.choice.cautions.join(' '),
    edits,
  };
  const cache = t(
    'The builder stage is cached as the single stage was, and its files are copied anew only when they differ.',
  );
  const paths = split.groups.flatMap((group) => group.paths.map(({ target }) => target));
  return {
    refactorings: [offered(context, proposal, cache, () => splitImageEffect(context, edits, paths))],
    refusals: [],
  };
}

interface Split {
  readonly single: SingleStage;
  readonly steps: readonly PlacedStep[];
  /** Index behind the last step that the build needs. */
  readonly end: number;
  readonly choice: Choice;
  readonly groups: readonly CarriedGroup[];
  readonly builderTexts: ReadonlyMap<BuildStep, readonly string[]>;
}

interface StepUse {
  readonly read: ReadStep;
  /** Takes part in the build. */
  readonly builds: boolean;
  /** Makes users, folders or files for the container. */
  readonly places: boolean;
  readonly users: boolean;
  readonly packages?: RuntimePackages;
  /** What a COPY takes from the context. */
  readonly files?: ProjectFiles;
}

function planSplit(reading: CompiledReading, language: Language): Split | string {
  const { single, start } = reading;
  if (start.first === undefined) return t('neither CMD nor ENTRYPOINT says how the application starts');
  const used = new Set(start.lines.flatMap(({ calls }) => calls.map(({ program }) => program)));
  const uses: StepUse[] = [];
  for (const read of reading.steps) {
    const use = useOf(reading, read, language, used);
    if (typeof use === 'string') return use;
    uses.push(use);
  }
  const carrying = planCarrying(
    reading,
    uses.flatMap(({ files, read }) => (files === undefined ? [] : [{ step: read.step, files }])),
    language.artifactsOf,
  );
  if (typeof carrying === 'string') return carrying;
  const packages = [...new Set(uses.flatMap((use) => use.packages?.names ?? []))];
  const shell = whyShell(uses, carrying, start);
  const choice = language.choose({
    reading,
    carrying,
    ...(shell === undefined ? {} : { needsShell: shell }),
    packages,
    users: uses.some(({ users }) => users),
  });
  if (typeof choice === 'string') return choice;
  const end = uses.findLastIndex(({ builds }) => builds) + 1;
  const text = new DocumentText(single.context.dockerfile.text);
  const writer = new StageText(text, single.from, []);
  const steps: PlacedStep[] = [];
  for (const [index, use] of uses.entries()) {
    const placed = place(use, index < end, choice, language, writer, reading);
    if (typeof placed === 'string') return placed;
    steps.push(placed);
  }
  const builderTexts = language.builderTexts?.(reading) ?? new Map<BuildStep, readonly string[]>();
  return { single, steps, end, choice, groups: [...carrying.groups, ...choice.extra], builderTexts };
}

function useOf(
  reading: CompiledReading,
  read: ReadStep,
  language: Language,
  used: ReadonlySet<string>,
): StepUse | string {
  const { operation } = read.step;
  if (operation.kind === 'copy') {
    const own = reading.copied.filter(({ step }) => step === read.step);
    const parts = own.map(({ source }) =>
      projectFiles(reading.single.snapshot, source, language.id, language.isSource),
    );
    const sources = parts.some((part) => part.sources);
    const files: ProjectFiles =
      sources && language.outputIsWhole?.(reading) === true
        ? { data: [], sources, open: false }
        : { data: parts.flatMap(({ data }) => data), sources, open: parts.some(({ open }) => open) };
    if (files.open && files.sources)
      return t('line {0} copies too many files besides sources to name those that the program reads', read.line);
    const remote = operation.sources.some(({ kind }) => kind === 'url' || kind === 'git');
    if (remote && operation.origin.kind === 'context')
      return t('line {0} fetches files (ADD), and it is not known what for', read.line);
    return { read, builds: files.sources, places: false, users: false, files };
  }
  const has = (kind: string): boolean => read.commands.some(({ deed }) => deed.kind === kind);
  const packages = has('system') ? runtimePackages(reading.single, read, used) : undefined;
  if (typeof packages === 'string') return packages;
  return {
    read,
    builds: has('build'),
    places: has('place') || has('users'),
    users: has('users'),
    ...(packages === undefined ? {} : { packages }),
  };
}

function whyShell(uses: readonly StepUse[], carrying: Carrying, start: CompiledReading['start']): string | undefined {
  const placing = uses.find(({ read }) => read.commands.some(({ deed }) => deed.kind === 'place'));
  if (placing !== undefined) return t('line {0} makes folders or changes their owner', placing.read.line);
  const line = start.lines.find(({ shell, plain }) => shell && plain === undefined);
  if (line !== undefined) return t('line {0} runs in a shell', line.step.instruction.range.start.line + 1);
  return carrying.script === undefined ? undefined : t('{0} is a script', carrying.script);
}

/** Where an instruction goes; a string says why it can't be told, localised. */
function place(
  use: StepUse,
  inBuild: boolean,
  choice: Choice,
  language: Language,
  writer: StageText,
  reading: CompiledReading,
): PlacedStep | string {
  const { step, line } = use.read;
  const both: PlacedStep = { step, builder: inBuild, runtime: inBuild ? 'repeated' : 'moved' };
  const builder: PlacedStep = { step, builder: true, runtime: 'no' };
  const runtime: PlacedStep = { step, builder: false, runtime: 'moved' };
  const { instruction } = step;
  switch (instruction.keyword) {
    case 'ENV':
      return instruction.pairs.every(({ name }) => language.isBuildVariable(name.text)) ? builder : both;
    case 'ARG':
      return inBuild ? builder : runtime;
    case 'WORKDIR':
    case 'USER':
      return both;
    case 'SHELL':
      return choice.base.shell ? both : builder;
    case 'CMD':
    case 'ENTRYPOINT':
    case 'HEALTHCHECK': {
      const started = reading.start.lines.find((each) => each.step === step);
      if (choice.base.shell || started?.plain === undefined) return runtime;
      const options = writer.flagsOf(instruction);
      const healthcheck = instruction.keyword === 'HEALTHCHECK' ? `${options}${writer.keyword('CMD')} ` : '';
      const words = started.plain.map((word) => JSON.stringify(word)).join(', ');
      return { ...runtime, runtimeText: `${writer.keyword(instruction.keyword)} ${healthcheck}[${words}]` };
    }
    case 'LABEL':
    case 'EXPOSE':
    case 'VOLUME':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return runtime;
    case 'COPY':
    case 'ADD':
      return use.files?.sources === true ? builder : both;
    case 'RUN':
      return placeRun(use, both, builder, choice, writer, reading);
    case 'FROM':
    case 'ONBUILD':
    case 'INVALID':
      return t('line {0} cannot be carried over', line);
    default: {
      const never: never = instruction;
      return never;
    }
  }
}

function placeRun(
  use: StepUse,
  both: PlacedStep,
  builder: PlacedStep,
  choice: Choice,
  writer: StageText,
  reading: CompiledReading,
): PlacedStep | string {
  const { packages, builds, places, read } = use;
  if (!choice.base.shell) return builder;
  if (builds && places) return t('line {0} both builds the project and changes the system around it', read.line);
  const names = packages?.names ?? [];
  if (packages !== undefined && (!packages.whole || builds)) {
    if (places) return t('line {0} both builds the project and changes the system around it', read.line);
    if (names.length === 0) return builder;
    const command = installCommand(reading.single.system.distribution, names, packages.recommends);
    return { ...builder, runtime: 'repeated', runtimeText: `${writer.keyword('RUN')} ${command}` };
  }
  if (builds) return builder;
  const refreshes = read.commands.some(({ command }) => command.name === 'ldconfig');
  return !refreshes && (places || names.length > 0 || !both.builder) ? both : builder;
}

function writeSplit(document: DocumentText, split: Split): string {
  const { single, choice, steps, end } = split;
  const stage = new StageText(document, single.from, steps);
  const { lineEnd } = document;
  const own = (line: string): string => lineEnd + line.replace(/^[A-Z]+/, (word) => stage.keyword(word));
  const builderText = (placed: PlacedStep): string =>
    split.builderTexts.get(placed.step)?.map(own).join('').slice(lineEnd.length) ?? stage.textOf(placed);
  const builder = [
    stage.builderFrom(),
    ...choice.head.map(own),
    ...steps.map((placed, index) => (placed.builder ? stage.gap(index) + builderText(placed) : '')),
    ...choice.tail.map(own),
  ].join('');
  const { before, after } = runtimeOrder(steps, end);
  const above = [...stage.argumentsUsed([...before, ...after]), ...before];
  const carried = split.groups.flatMap((group) => carriedLines(group, stage.keyword('COPY'), builderName));
  const added = choice.packages ?? [];
  const install =
    added.length === 0 ? [] : [`${stage.keyword('RUN')} ${installCommand(single.system.distribution, added, false)}`];
  const runtime = [
    stage.runtimeFrom(choice.base.written),
    ...install.map((line) => lineEnd + line),
    ...above.map((placed, index) => stage.runtimeLine(placed, index === 0)),
    ...carried.map((line) => lineEnd + line),
    ...asRoot(choice.afterCarried ?? [], before, stage).map(own),
    ...after.map((placed) => stage.runtimeLine(placed, false)),
  ].join('');
  const comment = choice.comment === undefined ? '' : `${choice.comment}${lineEnd}`;
  return `${builder}${lineEnd}${lineEnd}${comment}${runtime}`;
}

/** Lines that only root may run, and the user of before again. */
function asRoot(lines: readonly string[], before: readonly PlacedStep[], stage: StageText): readonly string[] {
  const user = before.findLast(({ step }) => step.instruction.keyword === 'USER');
  return user === undefined || lines.length === 0 ? lines : ['USER root', ...lines, stage.textOf(user)];
}
