/**
 * One index of a build context for all Dockerfiles that see it alike: those without an ignore file of their own. The index
 * of a large folder takes time and memory, and a repository may have many Dockerfiles for its root.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ownIgnoreFile } from '../context/ignore-file';
import type { ContextFacts } from '../context/types';
import { Listeners } from './listeners';
import type { ContextPort, Disposable } from './ports';

export interface ContextView {
  readonly contextPath: string;
  readonly dockerfilePath: string;
}

/** Opens an index; called once for each set of Dockerfiles that share it. */
export type OpenIndex = (view: ContextView) => ContextPort;

interface Shared {
  readonly index: ContextPort;
  users: number;
}

export class ContextPool {
  readonly #shared = new Map<string, Shared>();

  /** The context as the Dockerfile sees it. The index ends with its last user. */
  open(view: ContextView, openIndex: OpenIndex): ContextPort {
    return new SharedContext(view, (own) => this.#acquire(view, own, openIndex));
  }

  #acquire(view: ContextView, own: boolean, openIndex: OpenIndex): Lease {
    const { contextPath } = view;
    const key = JSON.stringify([contextPath, own ? view.dockerfilePath : '']);
    let shared = this.#shared.get(key);
    if (!shared) {
      // The ignore file beside a Dockerfile without a name is the context's own `.dockerignore`.
      const index = openIndex({ contextPath, dockerfilePath: own ? view.dockerfilePath : `${contextPath}/` });
      shared = { index, users: 0 };
      this.#shared.set(key, shared);
    }
    shared.users += 1;
    const { index } = shared;
    const release = (): void => {
      shared.users -= 1;
      if (shared.users > 0) return;
      this.#shared.delete(key);
      index.dispose();
    };
    return { own, index, release };
  }
}

interface Lease {
  /** The index follows the Dockerfile's own ignore file. */
  readonly own: boolean;
  readonly index: ContextPort;
  release(): void;
}

/** Follows the Dockerfile's own ignore file: where one appears or goes, another index is the right one. */
class SharedContext implements ContextPort {
  readonly #ownIgnore: string;
  readonly #isAtRoot: boolean;
  readonly #acquire: (own: boolean) => Lease;
  readonly #changed = new Listeners();
  #lease: Lease;
  #listening: Disposable;
  #disposed = false;
  #facts: { readonly shared: ContextFacts; readonly seen: ContextFacts } | undefined;

  constructor({ contextPath, dockerfilePath }: ContextView, acquire: (own: boolean) => Lease) {
    this.#ownIgnore = ownIgnoreFile(dockerfilePath);
    this.#isAtRoot = dirname(dockerfilePath) === contextPath;
    this.#acquire = acquire;
    this.#lease = acquire(existsSync(this.#ownIgnore));
    this.#listening = this.#listen();
  }

  current(): ContextFacts {
    const shared = this.#lease.index.current();
    if (this.#facts?.shared !== shared) {
      this.#facts = { shared, seen: this.#lease.own ? shared : withoutOwnIgnoreFile(shared, this.#isAtRoot) };
    }
    return this.#facts.seen;
  }

  request(needs: Parameters<ContextPort['request']>[0]): void {
    this.#lease.index.request(needs);
  }

  onChange(listener: () => void): Disposable {
    return this.#changed.add(listener);
  }

  fileEvents(paths: readonly string[]): void {
    if (this.#disposed) return;
    if (paths.includes(this.#ownIgnore) && existsSync(this.#ownIgnore) !== this.#lease.own) {
      const before = this.#lease;
      this.#listening.dispose();
      this.#lease = this.#acquire(!before.own);
      this.#listening = this.#listen();
      before.release();
      this.#changed.emit();
    }
    this.#lease.index.fileEvents(paths);
  }

  recheck(): void {
    if (!this.#disposed) this.#lease.index.recheck();
  }

  setBlobs(...given: Parameters<ContextPort['setBlobs']>): void {
    this.#lease.index.setBlobs(...given);
  }

  settled(signal?: AbortSignal): Promise<void> {
    return this.#lease.index.settled(signal);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#listening.dispose();
    this.#lease.release();
    this.#changed.clear();
  }

  #listen(): Disposable {
    return this.#lease.index.onChange(() => this.#changed.emit());
  }
}

/**
 * The index of several Dockerfiles knows nothing of their own ignore files, of which this one has none. Whether it had one
 * tells the change time of its folder.
 */
function withoutOwnIgnoreFile(facts: ContextFacts, isAtRoot: boolean): ContextFacts {
  if (facts.state !== 'ready') return facts;
  const { changedAt, ...rest } = facts.ignoreFile;
  const folderChangedAt = isAtRoot ? facts.snapshot.times?.('')?.ctime : undefined;
  if (changedAt === undefined || folderChangedAt === undefined) return { ...facts, ignoreFile: rest };
  return { ...facts, ignoreFile: { ...rest, changedAt: Math.max(changedAt, folderChangedAt) } };
}
