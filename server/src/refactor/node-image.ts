/** Variants of the official Node image: which one an application can run on that was built on another. */
import { parseReference } from '../images/reference';

export interface NodeBase {
  /** Image as written for the runtime stage, variables kept. */
  readonly runtime: string;
  /** The same with variables expanded, for looking up what is known of it. */
  readonly runtimeReference: string;
  /** The runtime stage gets a smaller variant, without compilers, git, Python and curl. */
  readonly slimmer: boolean;
  /** Major version, when the tag names one. */
  readonly major?: number;
}

/**
 * The runtime base for an image reference of the official Node image, or undefined for any other image.
 *
 * `node:20` → `node:20-slim`, `node:20-bookworm` → `node:20-bookworm-slim`; Alpine and slim stay, as what was compiled against one C
 * library does not run with another; a digest stays, as the digest of the slim variant can't be known from it.
 * Tags: docker-library/official-images `library/node`.
 */
export function nodeBase(written: string, expanded: string): NodeBase | undefined {
  const parsed = parseReference(expanded);
  if (parsed.kind !== 'ok') return undefined;
  const { registry, repository, tag, digest } = parsed.reference;
  if (registry !== 'docker.io' || repository !== 'library/node') return undefined;
  const major = /^(\d+)/.exec(tag ?? '')?.[1];
  const known = major === undefined ? {} : { major: Number(major) };
  const same: NodeBase = { runtime: written, runtimeReference: expanded, slimmer: false, ...known };
  if (digest !== undefined) return same;
  const slim = slimTag(tag);
  const writtenSlim = slim === undefined ? undefined : writtenTag(written, tag, slim);
  if (slim === undefined || writtenSlim === undefined) return same;
  const name = tag === undefined ? expanded : expanded.slice(0, expanded.length - tag.length - 1);
  return { runtime: writtenSlim, runtimeReference: `${name}:${slim}`, slimmer: true, ...known };
}

/** The slim variant of a tag that names the full Debian image; undefined when it is another variant already. */
function slimTag(tag: string | undefined): string | undefined {
  if (tag === undefined || tag === 'latest') return 'slim';
  return /^(?:\d+(?:\.\d+){0,2}|lts|current|argon|boron|carbon|dubnium|erbium|fermium|gallium|hydrogen|iron|jod|krypton)?-?(?:stretch|buster|bullseye|bookworm|trixie)?$/.test(
    tag,
  )
    ? `${tag}-slim`
    : undefined;
}

/** The reference as written with another tag. A variable in it stays when the tag ends with it: `node:${VERSION}-slim`. */
function writtenTag(written: string, tag: string | undefined, slim: string): string | undefined {
  const colon = written.lastIndexOf(':');
  const isTag =
    colon > written.lastIndexOf('/') && !/^\$\{[^}]*$/.test(written.slice(0, colon).split('/').at(-1) ?? '');
  if (!isTag) {
    // `FROM $BASE` may be any image for another build, so it stays.
    return written.includes('$') ? undefined : `${written}:${slim}`;
  }
  const writtenPart = written.slice(colon + 1);
  if (!writtenPart.includes('$')) return `${written.slice(0, colon)}:${slim}`;
  if (slim === 'slim' || tag === undefined) return undefined;
  // `$VERSION-slim` would be read as it should, for a hyphen ends a name.
  return /^(?:[\w.-]*)(?:\$\w+|\$\{\w+\})(?:-(?:stretch|buster|bullseye|bookworm|trixie))?$/.test(writtenPart)
    ? `${written}-slim`
    : undefined;
}
