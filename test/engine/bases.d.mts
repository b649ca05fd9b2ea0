import type { Engine } from './engine.mjs';

export const ALL_BASES: readonly string[];
export function ensureBases(
  engine: Engine,
  options?: { names?: readonly string[]; log?: (line: string) => void },
): Promise<void>;
