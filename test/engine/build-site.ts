/** A folder with a program in it, the base image it stands on, and the engine that builds it. */
import fs from 'node:fs';
import path from 'node:path';
import { BaseVariants } from './base-variants';
import { type ChangedPaths, writeProgram } from './context-on-disk';
import type { DrawnEdit } from './edits';
import { apiGet, type Engine } from './engine.mjs';
import type { Workplace } from './modes';
import { inputsOf, type Program } from './program';
import type { Random } from './random';
import type { RemoteSources } from './remote-sources';
import { makeFolder, readVertexes, removeFolder, type Vertex } from './session';

export interface SiteSurroundings {
  readonly engine: Engine;
  /** Below it lie all contexts. */
  readonly folder: string;
  readonly remote: RemoteSources;
}

export interface BuildOutcome {
  readonly vertexes: readonly Vertex[];
  /** Why it did not build. */
  readonly error?: string;
  /** Milliseconds since the epoch, before the client began. */
  readonly startedAt: number;
}

export class BuildSite {
  readonly workplace: Workplace;
  readonly base: BaseVariants;
  readonly #around: SiteSurroundings;
  readonly #nonce: string;
  readonly #baseFolder: string;

  /**
   * @param trigger an ONBUILD line of the base image, or nothing
   * @param contextName name of the folder for the context
   */
  constructor(around: SiteSurroundings, nonce: string, trigger: string, contextName: string) {
    this.#around = around;
    this.#nonce = nonce;
    const folder = fs.mkdtempSync(path.join(around.folder, 'program-'));
    this.workplace = { folder, context: path.join(folder, contextName), socket: around.engine.socket };
    fs.mkdirSync(this.workplace.context);
    this.#baseFolder = makeFolder(around.engine, 'cache-base');
    this.base = new BaseVariants(around.engine, this.#baseFolder, nonce, trigger);
  }

  /** Names of the images that were made here. */
  get images(): string[] {
    return [...this.base.images, this.#image];
  }

  get #image(): string {
    return `strata-cache-result:${this.#nonce}`;
  }

  /** Brings disk, base image and web server from one state to the next; answers with the paths that changed. */
  async apply(next: Program, previous?: Program, disk: DrawnEdit['disk'] = []): Promise<ChangedPaths> {
    await this.base.use(next.base);
    this.#around.remote.serve(this.#nonce, next.served);
    return writeProgram(this.workplace.context, next, previous, disk);
  }

  /** Builds for real. A build that fails is an outcome too. */
  async build(program: Program, withoutCache = false): Promise<BuildOutcome> {
    const { folder, context } = this.workplace;
    const options = ['--progress=rawjson', '--network=host', '-t', this.#image];
    if (program.secret !== null) {
      const file = path.join(folder, 'secret');
      fs.writeFileSync(file, program.secret);
      options.push('--secret', `id=token,src=${file}`);
    }
    if (withoutCache) options.push('--no-cache');
    options.push('-f', path.join(context, program.dockerfile), ...inputsOf(program), context);
    const startedAt = Date.now();
    const outcome = await this.#around.engine.docker(['buildx', 'build', ...options], {
      allowFailure: true,
      timeoutMs: 180_000,
      env: { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? '' },
    });
    const vertexes = readVertexes(outcome.stderr);
    if (outcome.code === 0) return { vertexes, startedAt };
    const error = vertexes.find((vertex) => vertex.error)?.error ?? outcome.stderr.slice(-800);
    return { vertexes, error, startedAt };
  }

  /** Lets the engine forget all builds, not their results: reading the history of hundreds takes its time. */
  async forgetBuilds(): Promise<void> {
    await this.#around.engine.docker(['buildx', 'history', 'rm', '--all'], { allowFailure: true, timeoutMs: 60_000 });
  }

  /** Throws away what the edit says. */
  async prune(what: DrawnEdit['engine'], random: Random): Promise<void> {
    const { engine } = this.#around;
    switch (what) {
      case undefined:
        return;
      case 'prune everything':
        await engine.docker(['builder', 'prune', '--all', '-f']);
        return;
      case 'prune what no image uses':
        await engine.docker(['builder', 'prune', '-f']);
        return;
      case 'prune some results': {
        const ids = await this.#recordIds();
        for (let count = 1 + random.below(3); count > 0 && ids.length > 0; count--) {
          // The newest records are those of this program.
          const index = Math.max(0, ids.length - 1 - random.below(12));
          const [id] = ids.splice(index, 1);
          if (id !== undefined) await engine.docker(['builder', 'prune', '-f', '--filter', `id=${id}`]);
        }
        return;
      }
      default:
        what satisfies never;
    }
  }

  /** Ids of results that can be thrown away, the oldest first. */
  async #recordIds(): Promise<string[]> {
    const listing = (await apiGet(this.#around.engine.socket, '/system/df?type=build-cache')) as {
      BuildCache: { ID: string; Type: string; InUse: boolean; CreatedAt: string }[] | null;
    };
    return (listing.BuildCache ?? [])
      .filter(({ Type, InUse }) => Type === 'regular' && !InUse)
      .sort((one, other) => Date.parse(one.CreatedAt) - Date.parse(other.CreatedAt))
      .map(({ ID }) => ID);
  }

  close(): void {
    removeFolder(this.#baseFolder);
    removeFolder(this.workplace.folder);
  }
}
