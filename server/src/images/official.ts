/** The shipped table of official images: figures for a tag as it was when the table was made. */
import { parseReference } from './reference';
import type { ImageFacts, OfficialImage, OfficialImageTable } from './types';

export interface OfficialImages {
  /**
   * What the table says of a reference to Docker Hub's official images, the tag `latest` understood.
   * Undefined for a digest (the tag's figures are those of another build), another registry, and tags it does not hold.
   */
  find(reference: string): ImageFacts | undefined;
}

/** An index over the table, made at the first question; rows that name the same image and tag twice: the first counts. */
export function indexOfficialImages(table: OfficialImageTable): OfficialImages {
  let rows: ReadonlyMap<string, OfficialImage> | undefined;
  const architecture = table.platform.split('/')[1];
  return {
    find(reference) {
      const key = keyOf(reference);
      if (key === undefined) return undefined;
      rows ??= rowsOf(table);
      const row = rows.get(key);
      return row === undefined ? undefined : factsOf(reference, row, architecture);
    },
  };
}

function rowsOf(table: OfficialImageTable): ReadonlyMap<string, OfficialImage> {
  const rows = new Map<string, OfficialImage>();
  for (const image of table.images) {
    const key = keyOf(image.reference);
    if (key !== undefined && !rows.has(key)) rows.set(key, image);
  }
  return rows;
}

/** `node:20` of Docker Hub's `library/node`; undefined for anything that is not an official image by tag. */
function keyOf(text: string): string | undefined {
  const parsed = parseReference(text);
  if (parsed.kind === 'malformed') return undefined;
  const { registry, repository, tag, digest } = parsed.reference;
  if (registry !== 'docker.io' || !repository.startsWith('library/') || digest !== undefined) return undefined;
  return `${repository}:${tag ?? 'latest'}`;
}

function factsOf(reference: string, row: OfficialImage, architecture: string | undefined): ImageFacts {
  const date = row.date?.slice(0, 10);
  return {
    reference,
    size: row.size,
    ...(row.compressedSize !== undefined && { compressedSize: row.compressedSize }),
    ...(row.layerCount !== undefined && { layerCount: row.layerCount }),
    layers: (row.layerSizes ?? []).map((size) => ({ size, createdBy: '' })),
    configuration: {
      environment: row.environment,
      workdir: row.workdir ?? '',
      user: row.user ?? '',
      onbuild: [],
      ...(row.entrypoint && { entrypoint: row.entrypoint }),
      ...(row.command && { command: row.command }),
    },
    ...(row.os !== undefined && { os: row.os }),
    ...(row.packageManager !== undefined && { packageManager: row.packageManager }),
    ...(architecture !== undefined && { architecture }),
    ...(row.date !== undefined && { date: row.date }),
    source: { kind: 'shipped', label: date === undefined ? row.reference : `${row.reference}, ${date}` },
  };
}
