/** An edit between two builds: what it is drawn with, and what it leaves to be done. */
import type { DiskAction } from './context-on-disk';
import type { Drawing } from './instructions';
import type { Instruction, Program } from './program';
import type { Random } from './random';

/** What is done to the engine before the prediction. */
export type EngineAction = 'prune everything' | 'prune what no image uses' | 'prune some results';

/** A program that is being changed, and what else belongs to the change. */
export interface Draft extends Drawing {
  readonly disk: DiskAction[];
  engine?: EngineAction;
  /** The next build is done with --no-cache, which nobody can foretell: it is not compared. */
  withoutCache?: true;
  /** The next build fails, and is taken back afterwards. */
  fails?: true;
}

/** Changes the draft and says what it did; undefined when there was nothing to do it to. */
export type Edit = (draft: Draft) => string | undefined;

export interface Place {
  readonly stage: number;
  readonly index: number;
  readonly instruction: Instruction;
}

/** Where instructions stand that are accepted. */
export function places(program: Program, accept: (instruction: Instruction) => boolean): Place[] {
  return program.stages.flatMap((stage, stageIndex) =>
    stage.instructions.flatMap((instruction, index) =>
      accept(instruction) ? [{ stage: stageIndex, index, instruction }] : [],
    ),
  );
}

/**
 * People work on the stage that makes their image more often than on those that it copies from. After an edit of the
 * others nobody can tell what COPY --from will find, so this share also decides how much is left open.
 */
const LAST_STAGE = 0.85;

/** Index of a stage to edit. */
export function pickStage(random: Random, program: Program): number {
  const last = program.stages.length - 1;
  return random.chance(LAST_STAGE) ? last : random.below(last + 1);
}

/** One of the places, if there is any. */
export function pickPlace(
  random: Random,
  program: Program,
  accept: (instruction: Instruction) => boolean = () => true,
): Place | undefined {
  const found = places(program, accept);
  const preferred = pickStage(random, program);
  const there = found.filter(({ stage }) => stage === preferred);
  return found.length === 0 ? undefined : random.pick(there.length > 0 ? there : found);
}
