/** What a record knows of base images, beside what is known of them now. */
import type { ImageConfiguration } from '../build/types';
import type { ImageToken } from '../cache/keys';
import type { BuildRecord } from '../cache/types';
import { baseIdentity, compareBase } from '../images/base-identity';
import { imageToken } from '../images/reference';
import type { ImageFacts } from '../images/types';
import type { ComparisonParts } from './comparison-parts';
import type { Relation } from './present-keys';

/** An image as it is known now beside what a record says of it: the token under which the record's keys were made. */
function tokenAgainst(name: string, recorded: string, now: ImageFacts): ImageToken {
  switch (compareBase(recorded, now)) {
    case 'same':
      return { layers: name };
    case 'changed':
      return { layers: `${name} ${baseIdentity(now) ?? ''}` };
    case 'unknown':
      return { layers: name, doubtful: true };
  }
}

/**
 * The configurations with which the present has to be seen so that it can be compared: as known now where the record was made with one;
 * the record's own where the image is gone, for nothing tells that it is another one; none where the record had none.
 */
export function configurationsAgainst(record: BuildRecord, parts: ComparisonParts): Relation['configurations'] {
  const recorded = configurationsIn(record);
  const found = new Map<string, ImageConfiguration | undefined>();
  for (const reference of parts.graph.images) {
    const image = parts.image(reference);
    const name = recordedBase(record, reference, image)?.name ?? imageToken(reference);
    const now = image?.configuration;
    const before = recorded.get(name);
    if (now === undefined && before !== undefined) found.set(reference, before);
    else if (now !== undefined && before === undefined) found.set(reference, undefined);
  }
  return found;
}

/** Made once for each record, since every keystroke asks all of them. */
const recordedConfigurations = new WeakMap<BuildRecord, ReadonlyMap<string, ImageConfiguration>>();

function configurationsIn(record: BuildRecord): ReadonlyMap<string, ImageConfiguration> {
  let found = recordedConfigurations.get(record);
  if (found === undefined) {
    found = new Map(
      Object.entries(record.configurations ?? {}).map(([reference, known]) => [imageToken(reference), known]),
    );
    recordedConfigurations.set(record, found);
  }
  return found;
}

interface RecordedBase {
  readonly name: string;
  readonly digest: string;
}

const recordedBases = new WeakMap<BuildRecord, readonly RecordedBase[]>();

function basesIn(record: BuildRecord): readonly RecordedBase[] {
  let bases = recordedBases.get(record);
  if (bases === undefined) {
    bases = Object.entries(record.bases).map(([reference, digest]) => ({ name: imageToken(reference), digest }));
    recordedBases.set(record, bases);
  }
  return bases;
}

/** What a record knows of an image: by its name, or by another name of the same layers. */
function recordedBase(record: BuildRecord, reference: string, now: ImageFacts | undefined): RecordedBase | undefined {
  const name = imageToken(reference);
  const bases = basesIn(record);
  const named = bases.find((base) => base.name === name);
  if (named !== undefined || now === undefined) return named;
  return bases.find((base) => compareBase(base.digest, now) === 'same');
}

/**
 * The tokens of images that the record does not know by this name, or that are other ones now. The builder goes by content: an image that
 * the record knows by another name is the same to it (source/containerimage/pull.go: cacheKeyFromConfig).
 */
export function imagesAgainst(record: BuildRecord, parts: ComparisonParts): ReadonlyMap<string, ImageToken> {
  const tokens = new Map<string, ImageToken>();
  for (const reference of parts.graph.images) {
    const now = parts.image(reference);
    if (now === undefined) continue;
    const name = imageToken(reference);
    const known = recordedBase(record, reference, now);
    if (known === undefined) continue;
    const token = tokenAgainst(known.name, known.digest, now);
    if (token.layers !== name || token.doubtful === true) tokens.set(reference, token);
  }
  return tokens;
}

/** References whose layers or configuration are known to be other ones now. */
export function changedBases(record: BuildRecord, relation: Relation, parts: ComparisonParts): ReadonlySet<string> {
  const before = configurationsIn(record);
  return new Set(
    parts.graph.images.filter((reference) => {
      if (relation.images.get(reference)?.layers.includes(' ') === true) return true;
      const now = parts.image(reference)?.configuration;
      const then = before.get(imageToken(reference));
      return now !== undefined && then !== undefined && !sameConfiguration(now, then);
    }),
  );
}

function sameConfiguration(a: ImageConfiguration, b: ImageConfiguration): boolean {
  const parts = ({ environment, workdir, user, shell, onbuild }: ImageConfiguration) =>
    JSON.stringify([environment, workdir, user, shell ?? [], onbuild]);
  return parts(a) === parts(b);
}
