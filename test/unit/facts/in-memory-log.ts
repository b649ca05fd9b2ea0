/** A log that remembers. */
import type { Log } from '../../../server/src/facts/ports';

export interface InMemoryLog extends Log {
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

export function inMemoryLog(): InMemoryLog {
  const infos: string[] = [];
  const warnings: string[] = [];
  return {
    infos,
    warnings,
    info: (message) => void infos.push(message),
    warn: (message) => void warnings.push(message),
  };
}
