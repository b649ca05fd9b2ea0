/** Images of a Dockerfile as the real builder makes them: their files, configuration, layers and bytes. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { extract } from 'tar-stream';
import { apiGet, type Engine } from './engine.mjs';

export interface Inspected {
  readonly Id: string;
  readonly Config: unknown;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Size: number;
}

/** Builds into names of one prefix, and removes all of them in the end. */
export class ImageBuilder {
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #prefix: string;
  readonly #images = new Set<string>();

  /** @param folder a folder that the engine's client sees */
  constructor(engine: Engine, folder: string, prefix: string) {
    this.#engine = engine;
    this.#folder = folder;
    this.#prefix = prefix;
  }

  /** Builds a Dockerfile that lies in its place, and gives the image's name. */
  async build(context: string, dockerfile: string, name: string): Promise<string> {
    const image = `${this.#prefix}-${name}`;
    this.#images.add(image);
    const places = ['-t', image, '-f', dockerfile, context];
    await this.#engine.docker(['build', '-q', '--network=host', ...places], { timeoutMs: 600_000 });
    return image;
  }

  async inspect(image: string): Promise<Inspected> {
    return (await apiGet(this.#engine.socket, `/images/${image}/json`)) as Inspected;
  }

  /** Type, mode, owner, link target and digest of everything in the image, by path; times are left out. */
  async files(image: string): Promise<Record<string, string>> {
    const { stdout } = await this.#engine.docker(['create', image, 'true']);
    const container = stdout.trim();
    const archive = path.join(this.#folder, 'export.tar');
    try {
      await this.#engine.docker(['export', '-o', archive, container]);
    } finally {
      await this.#engine.docker(['rm', container]);
    }
    const found: Record<string, string> = {};
    const reader = extract();
    fs.createReadStream(archive).pipe(reader);
    for await (const entry of reader) {
      const digest = createHash('sha256');
      for await (const chunk of entry) digest.update(chunk as Buffer);
      const { name, type, mode, uid, gid, linkname } = entry.header;
      found[name] = `${type} ${mode?.toString(8)} ${uid}:${gid} ${linkname ?? ''} ${digest.digest('hex').slice(0, 12)}`;
    }
    return found;
  }

  async remove(): Promise<void> {
    if (this.#images.size > 0) await this.#engine.docker(['rmi', '-f', ...this.#images], { allowFailure: true });
  }
}
