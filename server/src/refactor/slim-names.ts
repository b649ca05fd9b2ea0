/** Which official images have a slim variant, and what it is called. */
import { type ImageReference, parseReference } from '../images/reference';
import { slimTag } from './split-base';

const releases = '(?:stretch|buster|bullseye|bookworm|trixie)';
const version = '\\d+(?:\\.\\d+){0,2}';

/**
 * Tags of the full Debian image that have a slim one beside them (docker-library/official-images: `library/node`, `library/python`,
 * `library/ruby`, `library/debian`). A Debian that moves without a suite's name has none.
 */
const fullTags: Readonly<Record<string, RegExp>> = {
  'library/node': new RegExp(
    `^(?:latest|${releases}|(?:${version}|current|lts|erbium|fermium|gallium|hydrogen|iron|jod|krypton)(?:-${releases})?)$`,
  ),
  'library/python': new RegExp(
    `^(?:latest|(?:${version}(?:(?:a|b|rc)\\d+|-rc)?)(?:-(?:buster|bullseye|bookworm|trixie))?|buster|bullseye|bookworm|trixie)$`,
  ),
  'library/ruby': new RegExp(
    `^(?:latest|(?:${version}(?:-(?:rc|preview)\\d*)?)(?:-(?:buster|bullseye|bookworm|trixie))?|buster|bullseye|bookworm|trixie)$`,
  ),
  'library/debian':
    /^(?:\d+(?:\.\d+)?|stable|oldstable|testing|unstable|sid|(?:stretch|buster|bullseye|bookworm|trixie|forky)(?:-\d{8})?)$/,
};

/** The full image's reference where it has a slim variant; the digest may still stand there. */
export function fullImage(reference: string): ImageReference | undefined {
  const parsed = parseReference(reference);
  if (parsed.kind !== 'ok' || parsed.reference.registry !== 'docker.io') return undefined;
  const { repository, tag, digest } = parsed.reference;
  if (tag === undefined && digest !== undefined) return undefined;
  return fullTags[repository]?.test(tag ?? 'latest') === true ? parsed.reference : undefined;
}

/** `node:20` → `node:20-slim`, `node` and `node:latest` → `node:slim`, in the words of the file. */
export function slimName(written: string, { repository, tag }: ImageReference): string {
  if (tag === undefined) return `${written}:slim`;
  if (tag === 'latest') return written.replace(/latest$/, 'slim');
  return slimTag(written, repository);
}
