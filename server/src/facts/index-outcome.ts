/** What came of asking an index. */
import type { Answer } from '../packages/types';

export interface Outcome<Value> {
  readonly answer: Exclude<Answer<Value>, { readonly state: 'pending' }>;
  /** Asking later may bring more: a server that did not answer. */
  readonly again: boolean;
}

/** Nothing is known, and asking again brings nothing. */
export function notKnown(reason: string): Outcome<never> {
  return { answer: { state: 'unknown', reason }, again: false };
}

/** Nothing is known yet: worth asking again. */
export function notNow(reason: string): Outcome<never> {
  return { answer: { state: 'unknown', reason }, again: true };
}
