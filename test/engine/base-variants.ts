/** Base images made for one program each, so that nothing an earlier program built can be hit, and their variants. */
import fs from 'node:fs';
import path from 'node:path';
import type { Engine } from './engine.mjs';
import type { BaseVariant } from './program';

const REPOSITORY_NAME = 'strata-cache-base';

export class BaseVariants {
  /** What FROM names. */
  readonly name: string;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #nonce: string;
  /** An ONBUILD line, or nothing. */
  readonly #trigger: string;
  readonly #made = new Set<string>();
  #tagged: BaseVariant | undefined;

  /** `folder` is an empty folder that the engine's client sees. */
  constructor(engine: Engine, folder: string, nonce: string, trigger: string) {
    this.#engine = engine;
    this.#folder = folder;
    this.#nonce = nonce;
    this.name = `${REPOSITORY_NAME}:${nonce}`;
    this.#trigger = trigger;
  }

  /** Lets the name stand for the variant. */
  async use(variant: BaseVariant): Promise<void> {
    if (this.#tagged === variant) return;
    const image = await this.#image(variant);
    await this.#engine.docker(['tag', image, this.name]);
    this.#tagged = variant;
  }

  /** Names of all images made. */
  get images(): string[] {
    return [...this.#made, this.name];
  }

  #image(variant: BaseVariant): Promise<string> {
    switch (variant) {
      case 'first':
        return this.#upon('plain', '');
      case 'other label':
        return this.#upon('plain', 'LABEL base=other');
      case 'other environment':
        return this.#upon('plain', 'ENV BASE=other');
      case 'other user':
        // Root by its number: may do the same, and is another input of RUN and WORKDIR.
        return this.#upon('plain', 'USER 0');
      case 'other layer':
        return this.#upon('other', '');
    }
  }

  async #upon(ground: string, line: string): Promise<string> {
    const groundImage = await this.#make(ground, `FROM busybox\nCOPY <<EOF /nonce\n${this.#nonce} ${ground}\nEOF\n`);
    const name = `${ground}-${line.split(' ')[0]?.toLowerCase() || 'as-is'}`;
    return this.#make(name, `FROM ${groundImage}\n${line}\n${this.#trigger}\n`);
  }

  async #make(name: string, dockerfile: string): Promise<string> {
    const image = `${this.name}-${name}`;
    if (this.#made.has(image)) return image;
    fs.writeFileSync(path.join(this.#folder, 'Dockerfile'), dockerfile);
    await this.#engine.docker(['build', '-q', '-t', image, this.#folder], { timeoutMs: 60_000 });
    this.#made.add(image);
    return image;
  }
}
