/** Which builds of a long history are worth reading: the newest of all, and the newest of contexts that somebody works in. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClientNote } from './buildx-notes';
import type { Disposable } from './ports';

/** Of all builds: what another context built may serve this one. */
const newestOfAll = 50;
/** Of preferred contexts together, beyond those. */
const newestPreferred = 100;
/** Notes that are read at the same time. */
const batch = 50;
const maximumContexts = 5_000;

/** What a build was made of, by the client's note. */
export type NoteOf = (reference: string) => Promise<ClientNote | undefined>;

export class BuildChoice {
  readonly #preferred = new Map<string, number>();
  /** Real path of a build's context by reference; empty for a build of somebody else. What is noted does not change. */
  readonly #contexts = new Map<string, string>();

  /** True when some context is preferred, so that it pays to look further back. */
  get hasPreference(): boolean {
    return this.#preferred.size > 0;
  }

  /** Builds of this context folder are preferred until disposed. */
  prefer(contextPath: string): Disposable {
    const path = resolve(contextPath);
    this.#preferred.set(path, (this.#preferred.get(path) ?? 0) + 1);
    let disposed = false;
    return {
      dispose: () => {
        if (disposed) return;
        disposed = true;
        const users = (this.#preferred.get(path) ?? 1) - 1;
        if (users > 0) this.#preferred.set(path, users);
        else this.#preferred.delete(path);
      },
    };
  }

  /** Those to keep of builds that are given newest first, in their order. Reads notes only as far back as is needed. */
  async choose<Build extends { readonly reference: string }>(
    builds: readonly Build[],
    noteOf: NoteOf,
  ): Promise<readonly Build[]> {
    const chosen = builds.slice(0, newestOfAll);
    if (!this.hasPreference) return chosen;
    const wanted = new Set(await Promise.all([...this.#preferred.keys()].map(realPath)));
    let found = 0;
    for (let start = newestOfAll; start < builds.length && found < newestPreferred; start += batch) {
      const some = builds.slice(start, start + batch);
      const contexts = await Promise.all(some.map(({ reference }) => this.#contextOf(reference, noteOf)));
      const preferred = some.filter((_, index) => wanted.has(contexts[index] ?? ''));
      chosen.push(...preferred.slice(0, newestPreferred - found));
      found += preferred.length;
    }
    return chosen;
  }

  async #contextOf(reference: string, noteOf: NoteOf): Promise<string> {
    const known = this.#contexts.get(reference);
    if (known !== undefined) return known;
    const note = await noteOf(reference);
    const context = note === undefined ? '' : await contextOf(note);
    if (this.#contexts.size >= maximumContexts) this.#contexts.clear();
    this.#contexts.set(reference, context);
    return context;
  }
}

/** The build context that a note names, with links followed. */
export async function contextOf({ contextPath }: Pick<ClientNote, 'contextPath'>): Promise<string> {
  return realPath(contextPath);
}

/** The path with links followed; as it is where nothing is there any more. */
async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
