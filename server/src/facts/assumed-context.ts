/**
 * A build context whose contents are not read as long as assumptions answer: see `withAssumedDigests`. The first request for digests
 * takes the other assumption, so that the two answers can be compared; the second one has contents read.
 */
import { withAssumedDigests } from '../context/assumed-digests';
import type { Assumption, ContextFacts } from '../context/types';
import type { FactRequest } from '../report/facts';
import { Listeners } from './listeners';
import type { ContextPort, Disposable } from './ports';

export interface AssumedContext extends Pick<ContextPort, 'current' | 'request' | 'recheck' | 'settled' | 'onChange'> {
  /** What is assumed now; undefined: contents are read. */
  assumption(): Assumption | undefined;
  /** Called when that has changed, and when what is assumed stands in another snapshot. */
  onAssumed(listener: () => void): Disposable;
}

/** The context with assumed digests; who wants real ones at once asks the context itself. */
export function assumeContents(context: ContextPort): AssumedContext {
  const changed = new Listeners();
  let assumption: Assumption | undefined = 'distinct';
  let made: { readonly of: ContextFacts; readonly under: Assumption; readonly facts: ContextFacts } | undefined;

  const assumed = (facts: ContextFacts, under: Assumption): ContextFacts => {
    if (facts.state !== 'ready') return facts;
    const snapshot = withAssumedDigests(facts.snapshot, under);
    return snapshot === undefined ? facts : { ...facts, snapshot, assumed: under };
  };

  return {
    current() {
      const facts = context.current();
      if (assumption === undefined) return facts;
      if (made?.of !== facts || made.under !== assumption)
        made = { of: facts, under: assumption, facts: assumed(facts, assumption) };
      return made.facts;
    },
    request(needs: readonly FactRequest[]) {
      const others = needs.filter((need) => need.kind !== 'digests' || need.scheme !== 'sha256');
      if (others.length < needs.length && assumption !== undefined) {
        assumption = assumption === 'distinct' ? 'alike' : undefined;
        context.request(assumption === undefined ? needs : others);
        changed.emit();
      } else context.request(needs);
    },
    recheck: () => context.recheck(),
    settled: (signal) => context.settled(signal),
    onChange(listener) {
      const both = [context.onChange(listener), changed.add(listener)];
      return {
        dispose() {
          for (const each of both) each.dispose();
        },
      };
    },
    assumption: () => assumption,
    onAssumed(listener) {
      const both = [
        changed.add(listener),
        context.onChange(() => {
          if (assumption !== undefined) listener();
        }),
      ];
      return {
        dispose() {
          for (const each of both) each.dispose();
        },
      };
    },
  };
}
