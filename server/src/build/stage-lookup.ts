/** Finding stages by what instructions and users call them. */
import type { CopyOrigin } from './types';

/** Finds stages for `COPY --from` and mounts: by number (COPY only) or by name, else an image. */
export class StageLookup {
  readonly #names = new Map<string, number>();

  constructor(private readonly stages: readonly { readonly index: number; readonly name: string | undefined }[]) {
    for (const { name, index } of stages) if (name !== undefined) this.#names.set(name.toLowerCase(), index);
  }

  /** `COPY --from=` (convert.go: toCommand). */
  copyOrigin(name: string): CopyOrigin {
    if (/^\d+$/.test(name) && Number(name) < this.stages.length) return { kind: 'stage', stage: Number(name) };
    return this.mountOrigin(name);
  }

  /** `RUN --mount=from=`: names only (convert_runmount.go: detectRunMount). */
  mountOrigin(name: string): CopyOrigin {
    const stage = this.#names.get(name.toLowerCase());
    return stage === undefined ? { kind: 'image', reference: name } : { kind: 'stage', stage };
  }

  /** Number of stages. */
  get count(): number {
    return this.stages.length;
  }

  /** Stage index of a target; by name only, upper and lower case are the same. */
  target(name: string): number | undefined {
    return this.#names.get(name.toLowerCase());
  }
}
