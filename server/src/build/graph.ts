/** The build graph: stages, target, what the target needs, and what each step does. */
import type { ExpandedWord } from '../dockerfile/expand';
import { expandWord, expandWords, HEREDOC_BODY_MODE } from '../dockerfile/expand';
import { parseDockerfile } from '../dockerfile/parse';
import type { Dockerfile, FromInstruction, Instruction, Problem } from '../dockerfile/types';
import { type RememberedEffect, recallEffect, rememberEffect } from './effect-memory';
import { lookUp, setVariable } from './environment';
import type { BuildSurroundings } from './instruction-effect';
import { instructionEffect } from './instruction-effect';
import { instructionText } from './instruction-text';
import { automaticArguments, canonicalPlatform, parsePlatform } from './platform';
import { StageLookup } from './stage-lookup';
import type { StageState } from './stage-state';
import { beginOnImage, beginOnStage, stepState } from './stage-state';
import type {
  BuildGraph,
  BuildInputs,
  BuildStage,
  BuildStep,
  CopyOrigin,
  EnvironmentEntry,
  ImageConfiguration,
  Operation,
  StageBase,
} from './types';

interface StageSource {
  readonly instruction: FromInstruction;
  readonly body: readonly Instruction[];
}

/** A stage before its steps are known. */
interface StageOutline extends StageSource {
  readonly index: number;
  readonly name: string | undefined;
  readonly base: StageBase;
}

/** Whether a step is needed is known once all stages have been gone through. */
type DispatchedStep = Omit<BuildStep, 'needed'> & { needed: boolean };

interface DispatchedStage {
  readonly outline: StageOutline;
  readonly steps: readonly DispatchedStep[];
  readonly finalState: StageState;
  readonly dependencies: readonly number[];
  readonly images: readonly string[];
  readonly layers: number;
  readonly triggers: readonly Instruction[];
}

function problem(code: string, message: string, parameters: readonly string[], instruction: Instruction): Problem {
  return { code, message, parameters, severity: 'error', range: instruction.range };
}

/** The instructions before the first FROM, and each FROM with what follows. */
function splitStages(dockerfile: Dockerfile): {
  readonly leading: readonly Instruction[];
  readonly stages: readonly StageSource[];
} {
  const leading: Instruction[] = [];
  const stages: { instruction: FromInstruction; body: Instruction[] }[] = [];
  for (const instruction of dockerfile.instructions) {
    if (instruction.keyword === 'FROM') stages.push({ instruction, body: [] });
    else (stages.at(-1)?.body ?? leading).push(instruction);
  }
  return { leading, stages };
}

/** Values of the global scope: automatic arguments, then ARG before the first FROM (convert.go: buildMetaArgs). */
function globalArguments(
  leading: readonly Instruction[],
  inputs: BuildInputs,
  targetName: string,
  expand: BuildSurroundings['expand'],
): readonly EnvironmentEntry[] {
  let values = automaticArguments(parsePlatform(inputs.platform), targetName, inputs.buildArguments);
  for (const instruction of leading) {
    if (instruction.keyword !== 'ARG') continue;
    for (const pair of instruction.pairs) {
      const given = inputs.buildArguments[pair.name.text];
      const value = given ?? (pair.value === undefined ? undefined : expand(pair.value.text, values));
      if (value !== undefined) values = setVariable(values, pair.name.text, value);
    }
  }
  return values;
}

/**
 * Names and bases. A base name is looked up as written among the lower-cased names of earlier stages, so `FROM Base` never finds the stage
 * `AS base` (convert.go: addState).
 */
function outlineStages(
  sources: readonly StageSource[],
  expand: (text: string) => { readonly value: string; readonly complete: boolean },
): readonly StageOutline[] {
  const byName = new Map<string, number>();
  return sources.map((source, index) => {
    const { value: reference, complete } = expand(source.instruction.image.text);
    const platform = source.instruction.platform?.value;
    const earlier = byName.get(reference);
    const base = ((): StageBase => {
      if (reference === '' || !complete) return { kind: 'unresolved', written: source.instruction.image.text };
      if (earlier !== undefined) return { kind: 'stage', stage: earlier };
      if (reference === 'scratch') return { kind: 'scratch' };
      return {
        kind: 'image',
        reference,
        ...(platform === undefined ? {} : { platform: canonicalPlatform(expand(platform).value) }),
      };
    })();
    const name = source.instruction.name?.text;
    if (name !== undefined) byName.set(name.toLowerCase(), index);
    return { ...source, index, name, base };
  });
}

function originsOf(operation: Operation): readonly CopyOrigin[] {
  switch (operation.kind) {
    case 'copy':
      return [operation.origin];
    case 'execute':
      return operation.mounts.flatMap((mount) => (mount.origin.kind === 'none' ? [] : [mount.origin]));
    case 'make-directory':
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return [];
  }
}

function producesOf(operation: Operation): BuildStep['produces'] {
  switch (operation.kind) {
    case 'execute':
    case 'copy':
    case 'make-directory':
      return 'layer';
    case 'metadata':
      return 'metadata';
    case 'nothing':
    case 'unknown':
      return 'nothing';
  }
}

const triggersOf = new WeakMap<ImageConfiguration, readonly Instruction[]>();

/** What ONBUILD of an image adds. */
function imageTriggers(configuration: ImageConfiguration | undefined): readonly Instruction[] {
  if (configuration === undefined) return [];
  let triggers = triggersOf.get(configuration);
  if (triggers === undefined) {
    triggers = configuration.onbuild.flatMap((trigger) =>
      parseDockerfile(`FROM scratch\n${trigger}\n`)
        .instructions.slice(1, 2)
        // A file's own instruction may be written the same, and is another one.
        .map((instruction) => ({ ...instruction })),
    );
    triggersOf.set(configuration, triggers);
  }
  return triggers;
}

/** Goes through the stages in order; a stage's base and sources have been gone through before it, or can't be used. */
class Dispatcher {
  /** Those of stages that the target does not need too: `docker build --check` refuses them as well. */
  readonly problems: Problem[] = [];
  readonly done: DispatchedStage[] = [];
  /** Whether what an instruction does has hung on more than itself and the state before it. */
  private asked = false;

  constructor(
    private readonly lookup: StageLookup,
    private readonly around: Omit<BuildSurroundings, 'copyOrigin' | 'mountOrigin' | 'expand'>,
    private readonly expandWord: (text: string, environment: readonly EnvironmentEntry[]) => ExpandedWord,
    private readonly image: (reference: string) => ImageConfiguration | undefined,
    private readonly os: string,
    /** Everything else that effects follow from, as a text. */
    private readonly ground: string,
  ) {}

  dispatch(outline: StageOutline): void {
    const parent = outline.base.kind === 'stage' ? this.done[outline.base.stage] : undefined;
    const configuration = outline.base.kind === 'image' ? this.image(outline.base.reference) : undefined;
    let state = parent === undefined ? beginOnImage(configuration, this.os) : beginOnStage(parent.finalState);
    let layers = parent?.layers ?? 0;
    const steps: DispatchedStep[] = [];
    const dependencies = new Set<number>(outline.base.kind === 'stage' ? [outline.base.stage] : []);
    const images = new Set<string>(outline.base.kind === 'image' ? [outline.base.reference] : []);
    const inherited = parent === undefined ? imageTriggers(configuration) : parent.triggers;
    const base = outline.instruction.image.text;
    const sequence = [
      ...inherited.map((instruction) => ({ instruction, origin: { kind: 'onbuild', base } as const })),
      ...outline.body.map((instruction) => ({ instruction, origin: { kind: 'own' } as const })),
    ];
    let current: Instruction = outline.instruction;
    const around: BuildSurroundings = {
      ...this.around,
      expand: (text, environment) => this.expand(text, environment, current),
      copyOrigin: (name) => this.earlier(this.lookup.copyOrigin(name), name, outline, current),
      mountOrigin: (name) => this.earlier(this.lookup.mountOrigin(name), name, outline, current),
    };
    const effectOf = (instruction: Instruction): RememberedEffect => {
      const known = recallEffect(instruction, state, this.ground);
      if (known !== undefined) return known;
      this.asked = false;
      const found = {
        effect: instructionEffect(instruction, state, around),
        display: instructionText(instruction, (text) => this.expandWord(text, state.environment).value),
      };
      if (!this.asked) rememberEffect(instruction, state, this.ground, found);
      return found;
    };
    for (const { instruction, origin } of sequence) {
      current = instruction;
      const { effect, display } = effectOf(instruction);
      for (const source of originsOf(effect.operation)) {
        if (source.kind === 'stage') dependencies.add(source.stage);
        else if (source.kind === 'image' && source.reference !== 'scratch') images.add(source.reference);
      }
      const produces = producesOf(effect.operation);
      if (produces === 'layer') layers += 1;
      steps.push({
        index: steps.length,
        instruction,
        origin,
        operation: effect.operation,
        produces,
        ...(produces === 'layer' ? { layerAboveBase: layers } : {}),
        needed: false,
        state: stepState(state),
        createdBy: effect.createdBy,
        display,
      });
      state = effect.state;
    }
    this.done.push({
      outline,
      steps,
      finalState: state,
      dependencies: [...dependencies],
      images: [...images],
      layers,
      triggers: outline.body.flatMap((instruction) => (instruction.keyword === 'ONBUILD' ? [instruction.trigger] : [])),
    });
  }

  private report(found: Problem): void {
    this.asked = true;
    const known = this.problems.some(
      (other) =>
        other.code === found.code && other.range === found.range && other.parameters.join() === found.parameters.join(),
    );
    if (!known) this.problems.push(found);
  }

  private expand(text: string, environment: readonly EnvironmentEntry[], instruction: Instruction): string {
    const expanded = this.expandWord(text, environment);
    if (expanded.problem !== undefined) {
      this.report(
        problem(
          'expansion',
          'The word {0} can not be expanded: {1}. The build fails here.',
          [text, expanded.problem],
          instruction,
        ),
      );
    }
    return expanded.value;
  }

  /** A stage can only be read after it: a later stage, or the stage itself, is a mistake that BuildKit refuses. */
  private earlier(origin: CopyOrigin, written: string, outline: StageOutline, instruction: Instruction): CopyOrigin {
    this.asked = true;
    if (origin.kind === 'image' && instruction.keyword === 'COPY' && /^\d+$/.test(written)) {
      this.report(
        problem(
          'unknown-stage',
          'There is no stage number {0}: stages are counted from 0, and there are {1}.',
          [written, String(this.lookup.count)],
          instruction,
        ),
      );
    }
    if (origin.kind !== 'stage' || origin.stage < outline.index) return origin;
    this.report(
      problem(
        'stage-not-before',
        'Stage "{0}" has to be defined before the instruction that reads it: move its FROM up, or read another stage.',
        [written],
        instruction,
      ),
    );
    return { kind: 'image', reference: 'scratch' };
  }
}

function reachableFrom(target: number | undefined, stages: readonly DispatchedStage[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = target === undefined ? [] : [target];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    open.push(...(stages[index]?.dependencies ?? []));
  }
  return reached;
}

function finishStage(stage: DispatchedStage, needed: boolean): BuildStage {
  const { outline, finalState } = stage;
  for (const step of stage.steps) step.needed = needed;
  return {
    index: outline.index,
    ...(outline.name === undefined ? {} : { name: outline.name }),
    instruction: outline.instruction,
    base: outline.base,
    steps: stage.steps,
    needed,
    dependencies: stage.dependencies,
    finalState: stepState(finalState),
    configuration: {
      ...(finalState.command === undefined ? {} : { command: finalState.command }),
      ...(finalState.entrypoint === undefined ? {} : { entrypoint: finalState.entrypoint }),
      exposed: finalState.exposed,
      volumes: finalState.volumes,
      labels: finalState.labels,
    },
  };
}

/**
 * The build graph of a parsed Dockerfile. `image` gives what is known of a base image's configuration; without it the stage begins with an
 * empty environment. Never throws: what can't be built becomes a problem, and the rest still counts.
 */
export function buildGraph(
  dockerfile: Dockerfile,
  inputs: BuildInputs,
  image: (reference: string) => ImageConfiguration | undefined,
): BuildGraph {
  const escapeCharacter = dockerfile.escape;
  const read = (environment: readonly EnvironmentEntry[]) => (name: string) => lookUp(environment, name);
  const expand: BuildSurroundings['expand'] = (text, environment) =>
    expandWord(text, read(environment), escapeCharacter).value;
  const { leading, stages: sources } = splitStages(dockerfile);
  const targetName = inputs.target ?? sources.at(-1)?.instruction.name?.text ?? '';
  const globals = globalArguments(leading, inputs, targetName, expand);
  const outlines = outlineStages(sources, (text) => {
    const expanded = expandWord(text, read(globals), escapeCharacter);
    return { value: expanded.value, complete: expanded.problem === undefined };
  });
  const lookup = new StageLookup(outlines);
  const dispatcher = new Dispatcher(
    lookup,
    {
      expandBody: (text, environment) => expandWord(text, read(environment), '\\', HEREDOC_BODY_MODE).value,
      expandList: (text, environment) => expandWords(text, read(environment), escapeCharacter).values,
      buildArguments: inputs.buildArguments,
      globalArguments: globals,
    },
    (text, environment) => expandWord(text, read(environment), escapeCharacter),
    image,
    parsePlatform(inputs.platform).os,
    JSON.stringify([escapeCharacter, inputs.buildArguments, globals]),
  );
  for (const outline of outlines) dispatcher.dispatch(outline);

  const problems: Problem[] = [];
  const wanted = inputs.target === undefined || inputs.target === '' ? undefined : inputs.target;
  const target = wanted === undefined ? (outlines.length > 0 ? outlines.length - 1 : undefined) : lookup.target(wanted);
  const lastFrom = sources.at(-1)?.instruction;
  if (wanted !== undefined && target === undefined && lastFrom !== undefined) {
    const names = outlines.flatMap((outline) => (outline.name === undefined ? [] : [outline.name]));
    problems.push(
      problem(
        'unknown-target',
        'There is no stage named "{0}" to build. Named stages: {1}.',
        [wanted, names.length > 0 ? names.join(', ') : '–'],
        lastFrom,
      ),
    );
  }
  for (const outline of outlines) {
    if (outline.base.kind === 'unresolved') {
      problems.push(
        problem(
          'unresolved-base',
          'The base image "{0}" expands to nothing: give the argument a default with ARG before the first FROM, or pass it as a build argument.',
          [outline.base.written],
          outline.instruction,
        ),
      );
    }
  }
  const reached = reachableFrom(target, dispatcher.done);
  problems.push(...dispatcher.problems);
  const stages = dispatcher.done.map((stage) => finishStage(stage, reached.has(stage.outline.index)));
  const images = new Set(dispatcher.done.flatMap((stage) => (reached.has(stage.outline.index) ? stage.images : [])));
  return {
    stages,
    ...(target === undefined ? {} : { target }),
    platform: inputs.platform,
    problems,
    images: [...images],
  };
}
