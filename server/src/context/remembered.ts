/** What is asked again and again about the same snapshot is answered once. Gone with the snapshot. */
import type { ContextSnapshot } from './types';

const answers = new WeakMap<ContextSnapshot, Map<string, unknown>>();

/** Questions remembered for one snapshot; more than any Dockerfile has selections. */
const answerLimit = 1_000;

/** The answer to a question about a snapshot. Keys begin with the name of the question, so an answer has the type of its question. */
export function remembered<Answer>(snapshot: ContextSnapshot, key: string, make: () => Answer): Answer {
  let known = answers.get(snapshot);
  if (!known || known.size >= answerLimit) {
    known = new Map();
    answers.set(snapshot, known);
  }
  if (known.has(key)) return known.get(key) as Answer;
  const answer = make();
  known.set(key, answer);
  return answer;
}
