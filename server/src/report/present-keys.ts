/** Keys of the present text and context, made so that they can be compared with what a past build left. */
import type { ImageConfiguration } from '../build/types';
import type { ContentsStandIn, GraphKeys, ImageToken } from '../cache/keys';
import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import { selectionIdentity } from '../cache/record';
import type { BaseKnowledge, KeyGraphs } from '../cache/text-keys';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { BuildOptions } from '../cache/types';
import type { DigestScheme } from '../context/types';
import { imageToken } from '../images/reference';
import type { ComparisonParts } from './comparison-parts';

/** How keys of the present are made so that they can be compared with a record. */
export interface Relation {
  /** By reference, where the record's keys were made with something else than the configuration that is known now. */
  readonly configurations: ReadonlyMap<string, ImageConfiguration | undefined>;
  /** By reference, where something else than its name stands for an image. */
  readonly images: ReadonlyMap<string, ImageToken>;
  /** By the identity of the selection. */
  readonly standIns: ReadonlyMap<string, ContentsStandIn>;
}

function signatureOf({ configurations, images, standIns }: Relation): string {
  if (configurations.size === 0 && images.size === 0 && standIns.size === 0) return '';
  return JSON.stringify([[...configurations], [...images], [...standIns]]);
}

/** Keys of the present, one set for each way in which a record has to be compared. */
export class PresentKeys {
  readonly #made = new Map<string, GraphKeys>();
  readonly #graphs = new Map<string, KeyGraphs>();

  constructor(
    private readonly parts: ComparisonParts,
    private readonly scheme: DigestScheme,
    /** Undefined: nobody knows what the builder is given. */
    private readonly options: BuildOptions | undefined,
  ) {}

  get pending(): boolean {
    return [...this.#made.values()].some((keys) => keys.pending);
  }

  against(relation: Relation): GraphKeys {
    const name = signatureOf(relation);
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const { dockerfile, context, inputs } = this.parts;
    const graphs = this.graphs(relation.configurations);
    const keys = keysOf(graphs, {
      context,
      scheme: this.scheme,
      image: (reference) => relation.images.get(reference) ?? { layers: imageToken(reference) },
      epoch: inputs.buildArguments.SOURCE_DATE_EPOCH,
      options: keyOptions(this.options ?? {}, inputs.buildArguments),
      ...(this.options === undefined ? { optionsUnknown: true } : {}),
      frontend: frontendOf(dockerfile, inputs.buildArguments),
      standIn: (selection) => relation.standIns.get(selectionIdentity(selection)),
    });
    this.#made.set(name, keys);
    return keys;
  }

  private graphs(configurations: Relation['configurations']): KeyGraphs {
    const { dockerfile, graph, inputs, image } = this.parts;
    const name = configurations.size === 0 ? '' : JSON.stringify([...configurations]);
    let made = this.#graphs.get(name);
    if (made === undefined) {
      const base = (reference: string): BaseKnowledge => {
        const now = image(reference)?.configuration;
        return baseKnowledge(configurations.has(reference) ? configurations.get(reference) : now, now?.onbuild);
      };
      made = keyGraphs(dockerfile, inputs, base, name === '' ? graph : undefined);
      this.#graphs.set(name, made);
    }
    return made;
  }
}

/** For a build of which nothing is known that would set it apart. */
export const unrelated: Relation = { configurations: new Map(), images: new Map(), standIns: new Map() };
