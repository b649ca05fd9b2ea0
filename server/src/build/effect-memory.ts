/**
 * What instructions did before: while someone types, all but one do the same to the same state, and what they come to is the same value, so
 * that what follows from it need not be worked out again either.
 */
import type { Instruction } from '../dockerfile/types';
import type { InstructionEffect } from './instruction-effect';
import type { StageState } from './stage-state';

export interface RememberedEffect {
  readonly effect: InstructionEffect;
  /** The instruction as one line for people. */
  readonly display: string;
}

interface Memory extends RememberedEffect {
  readonly before: StageState;
  readonly ground: string;
}

/** A file is gone through with what is known of its bases, and with what the engine knows of them. */
const keptEffects = 3;
const memories = new WeakMap<Instruction, readonly Memory[]>();

/** What the instruction did to this very state, given what holds for the whole file. */
export function recallEffect(
  instruction: Instruction,
  before: StageState,
  ground: string,
): RememberedEffect | undefined {
  return memories.get(instruction)?.find((known) => known.before === before && known.ground === ground);
}

/** To be told only of effects that follow from the instruction, the state and `ground` alone. */
export function rememberEffect(
  instruction: Instruction,
  before: StageState,
  ground: string,
  found: RememberedEffect,
): void {
  const others = memories.get(instruction) ?? [];
  memories.set(instruction, [{ ...found, before, ground }, ...others].slice(0, keptEffects));
}
