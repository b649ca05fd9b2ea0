/** Reads the contents of files into an index, and remembers which could not be read and why. */
import { digestState, digestWidth } from '../context/columns';
import type { DigestScheme } from '../context/types';
import { digestFile } from './context-digests';
import { type ContextModel, stampAt } from './context-model';
import type { ContextProblem, PathProblem } from './context-problem';

/** How often a file may change while it is read before it is given up until the next change. */
const attemptLimit = 3;
/** Bytes that are read in the time that opening and closing a file takes. */
const bytesPerFile = 30_000;

export class ContentReader {
  readonly #problems = new Map<string, ContextProblem>();
  readonly #attempts = new Map<string, number>();
  #files = 0;
  #bytes = 0;

  /** Of files as they were read last. */
  get problems(): readonly PathProblem[] {
    return [...this.#problems].map(([path, problem]) => ({ path, problem }));
  }

  /** How much was read since it was last asked: files, and as many more as could be opened in the time that their bytes took. */
  takeEffort(): number {
    const effort = this.#files + this.#bytes / bytesPerFile;
    this.#files = 0;
    this.#bytes = 0;
    return effort;
  }

  /** Forgets what was wrong with a file that has changed. */
  forget(path: string): void {
    this.#problems.delete(path);
    this.#attempts.delete(path);
  }

  /** The same for all files, as they may all have changed. */
  forgetAll(): void {
    this.#problems.clear();
    this.#attempts.clear();
  }

  /** Goes on counting how often files have changed while they were read, whatever is forgotten meanwhile. */
  countingOn(work: () => void): void {
    const attempts = new Map(this.#attempts);
    work();
    for (const [path, count] of attempts) this.#attempts.set(path, count);
  }

  /** Reads the file of a row below `root`; `changed`: it is another file by now, and has to be looked at again. */
  read(root: string, model: ContextModel, row: number, path: string, scheme: DigestScheme): 'read' | 'changed' {
    const column = model.columns.digests[scheme];
    if (!column) return 'read';
    const attempts = this.#attempts.get(path) ?? 0;
    const answer = digestFile(`${root}/${path}`, scheme, stampAt(model, row));
    switch (answer.kind) {
      case 'known':
        this.#files += 1;
        this.#bytes += model.columns.sizes[row] ?? 0;
        column.bytes.set(answer.bytes, row * digestWidth[scheme]);
        column.states[row] = digestState.known;
        return 'read';
      case 'changed':
        if (attempts + 1 < attemptLimit) {
          this.#attempts.set(path, attempts + 1);
          return 'changed';
        }
        column.states[row] = digestState.unreadable;
        this.#problems.set(path, { kind: 'changes-while-read' });
        return 'read';
      case 'unreadable':
        column.states[row] = digestState.unreadable;
        this.#problems.set(path, answer.problem);
        return 'read';
      default:
        return answer satisfies never;
    }
  }
}
