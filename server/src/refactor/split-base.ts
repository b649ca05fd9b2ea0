/** The image that a runtime stage stands on. */
import type { SingleStage } from './split-types';

export interface RuntimeBase {
  /** As written in FROM, variables kept. */
  readonly written: string;
  readonly expanded: string;
  /** There is a shell in it, and a package manager. */
  readonly shell: boolean;
  /** The image that the single stage stood on, or a slim variant of it: what it sets in the environment stays. */
  readonly same: boolean;
}

export const emptyBase: RuntimeBase = { written: 'scratch', expanded: 'scratch', shell: false, same: false };

/** The image itself. */
export function sameBase({ from, expanded }: SingleStage): RuntimeBase {
  return { written: from.image.text, expanded, shell: true, same: true };
}

/** The image of the distribution that the stage's image is made from; undefined when the release is not known for certain. */
export function distributionBase({ system }: SingleStage): RuntimeBase | undefined {
  if (system.supposed === true) return undefined;
  const named = (reference: string): RuntimeBase => ({
    written: reference,
    expanded: reference,
    shell: true,
    same: false,
  });
  switch (system.distribution) {
    case 'debian':
      return system.codename === undefined ? undefined : named(`debian:${system.codename}-slim`);
    case 'ubuntu':
      return system.version === undefined ? undefined : named(`ubuntu:${system.version}`);
    case 'alpine':
      return system.version === undefined ? undefined : named(`alpine:${system.version}`);
    default:
      return undefined;
  }
}

/**
 * The slim variant of the same tag, where `isFull` says that the tag is that of the full image; undefined for another variant, a digest,
 * and where the tag is hidden in a variable.
 */
export function slimBase(single: SingleStage, isFull: (tag: string) => boolean): RuntimeBase | undefined {
  const { reference, expanded, from } = single;
  if (reference.digest !== undefined) return undefined;
  const { tag } = reference;
  const written = from.image.text;
  if (tag === undefined) return written.includes('$') ? undefined : slim(`${written}:slim`, `${expanded}:slim`);
  if (!isFull(tag)) return undefined;
  if (tag === 'latest')
    return written.endsWith(':latest')
      ? slim(written.replace(/latest$/, 'slim'), expanded.replace(/latest$/, 'slim'))
      : undefined;
  const colon = written.lastIndexOf(':');
  const part = colon > written.lastIndexOf('/') ? written.slice(colon + 1) : '';
  // A variable may hold another variant for another build, unless it is followed by the name of the release.
  if (!/^(?:[\w.-]*)(?:\$\w+|\$\{\w+\})?(?:-\w+)?$/.test(part) || part === '') return undefined;
  return slim(slimTag(written, reference.repository), slimTag(expanded, reference.repository));
}

/**
 * A reference with a full image's tag, as the slim variant of it: `python:3.12` → `python:3.12-slim`, `python:3.12-bookworm` →
 * `python:3.12-slim-bookworm`. The release comes last in tags of official images (docker-library/official-images `library/python`,
 * `library/ruby`), but in those of Debian itself and of Node (`library/debian`, `library/node`).
 * @param repository `library/python`
 */
export function slimTag(reference: string, repository: string): string {
  if (repository === 'library/debian' || repository === 'library/node') return `${reference}-slim`;
  const release = /^(.*[:-])(buster|bullseye|bookworm|trixie)$/.exec(reference);
  return release === null ? `${reference}-slim` : `${release[1] ?? ''}slim-${release[2] ?? ''}`;
}

function slim(written: string, expanded: string): RuntimeBase {
  return { written, expanded, shell: true, same: true };
}
