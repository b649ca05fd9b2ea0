/**
 * Image references: `[registry/]repository[:tag][@digest]`.
 * Grammar and normalisation: distribution/reference `reference.go`, `normalize.go` (`ParseNormalizedNamed`, `splitDockerDomain`).
 */

export interface ImageReference {
  /** `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/node`, `owner/name`. */
  readonly repository: string;
  /** As written; absent when none was written. */
  readonly tag?: string;
  /** `sha256:…`; absent when none was written. */
  readonly digest?: string;
}

export type ReferenceAnswer =
  | { readonly kind: 'ok'; readonly reference: ImageReference }
  | { readonly kind: 'malformed'; readonly problem: 'empty' | 'name' | 'case' | 'tag' | 'digest' | 'length' };

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domain =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const maximumNameLength = 255;

/** The reference with registry and `library/` filled in; tag and digest as written. */
export function parseReference(text: string): ReferenceAnswer {
  if (text === '') return { kind: 'malformed', problem: 'empty' };
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  if (digest !== undefined && !digestPattern.test(digest)) return { kind: 'malformed', problem: 'digest' };
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  const name = hasTag ? named.slice(0, colon) : named;
  if (tag !== undefined && !tagPattern.test(tag)) return { kind: 'malformed', problem: 'tag' };
  // 64 hexadecimal digits are an image ID, which is no name.
  if (/^[a-f0-9]{64}$/.test(name)) return { kind: 'malformed', problem: 'name' };
  const split = splitRegistry(name);
  if (split.registry !== 'docker.io' && !domain.test(split.registry)) return { kind: 'malformed', problem: 'name' };
  if (/[A-Z]/.test(split.repository)) return { kind: 'malformed', problem: 'case' };
  if (!split.repository.split('/').every((part) => component.test(part))) return { kind: 'malformed', problem: 'name' };
  if (split.registry.length + 1 + split.repository.length > maximumNameLength) {
    return { kind: 'malformed', problem: 'length' };
  }
  return {
    kind: 'ok',
    reference: { ...split, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) },
  };
}

function splitRegistry(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const registry = isRegistry ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  const repository = isRegistry ? name.slice(slash + 1) : name;
  return registry === 'docker.io' && !repository.includes('/')
    ? { registry, repository: `library/${repository}` }
    : { registry, repository };
}

/** The full form, with `latest` where neither tag nor digest was written: equal for references that mean the same. */
export function canonicalReference(reference: ImageReference): string {
  const name = `${reference.registry}/${reference.repository}`;
  if (reference.digest !== undefined) return `${name}@${reference.digest}`;
  return `${name}:${reference.tag ?? 'latest'}`;
}

/** The short form people write: without `docker.io/library/`, with the tag. */
export function familiarReference(reference: ImageReference): string {
  const { registry, repository, tag, digest } = reference;
  const short = registry === 'docker.io' ? repository.replace(/^library\//, '') : `${registry}/${repository}`;
  const tagged =
    tag === undefined && digest === undefined ? `${short}:latest` : short + (tag === undefined ? '' : `:${tag}`);
  return digest === undefined ? tagged : `${tagged}@${digest}`;
}

/** One text for all ways to write the same reference; what is no reference stays as it is. */
export function imageToken(written: string): string {
  const parsed = parseReference(written);
  return parsed.kind === 'ok' ? canonicalReference(parsed.reference) : written;
}
