/** Answers about one snapshot of the build context that are asked for again at each keystroke. Gone with the snapshot. */
import type { ContextSnapshot } from '../context/types';

/** Answers kept for one snapshot; more than one text asks for. */
const limit = 1_000;

export class SnapshotMemory<Answer> {
  readonly #answers = new WeakMap<ContextSnapshot, Map<string, Answer>>();

  /** The answer to a question; made when it has not been asked about this snapshot. */
  answer(snapshot: ContextSnapshot, question: string, make: () => Answer): Answer {
    let known = this.#answers.get(snapshot);
    if (known === undefined || known.size >= limit) {
      known = new Map();
      this.#answers.set(snapshot, known);
    }
    const before = known.get(question);
    if (before !== undefined) return before;
    const answer = make();
    known.set(question, answer);
    return answer;
  }
}
