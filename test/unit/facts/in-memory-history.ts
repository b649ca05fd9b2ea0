/** An engine's history of builds without an engine. */
import { Listeners } from '../../../server/src/facts/listeners';
import type { HistoryFacts, HistorySource } from '../../../server/src/facts/ports';

export interface InMemoryHistory extends HistorySource {
  /** What is remembered from now on. */
  set(facts: HistoryFacts): void;
  /** How often somebody has looked. */
  readonly glances: number;
}

export function inMemoryHistory(
  initial: HistoryFacts = { state: 'absent', reason: 'The engine remembers no builds.' },
): InMemoryHistory {
  const changed = new Listeners();
  let facts = initial;
  let glances = 0;
  return {
    current: () => facts,
    get glances() {
      return glances;
    },
    glance() {
      glances += 1;
    },
    onChange: (listener) => changed.add(listener),
    settled: async () => undefined,
    set(next) {
      facts = next;
      changed.emit();
    },
    dispose: () => changed.clear(),
  };
}
