/** Paths inside images and build contexts: always `/`, whatever the machine that Strata runs on. */

/** Go's path.Clean: no empty, `.` or resolvable `..` parts; '.' for nothing. */
export function cleanPath(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (!absolute) parts.push('..');
  }
  const joined = parts.join('/');
  if (absolute) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

/** Go's path.Base. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '.' : '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** Relative path of a source inside its origin: clean, clamped to the root, without leading slash; '' is the root itself. */
export function pathInOrigin(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}

/** A drive letter at the start is removed and backslashes become slashes, on Windows images only (util/system/path.go). */
function withSlashes(path: string, os: string): string {
  if (os !== 'windows') return path;
  return path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '');
}

/**
 * Absolute path of WORKDIR's argument (util/system/path.go: NormalizePath with keepSlash=false). A path that is absolute already is kept as
 * written, trailing slash included: RUN sees it so, and it is part of its cache key.
 */
export function resolveWorkdir(current: string, written: string, os: string): string {
  const path = withSlashes(written, os);
  const parent = current === '' ? '/' : current;
  if (path === '') return parent;
  return path.startsWith('/') ? path : cleanPath(`${parent}/${path}`);
}

/** Absolute destination of COPY and ADD; a trailing slash or `/.` is kept (convert.go: pathRelativeToWorkingDir). */
export function resolveDestination(workdir: string, written: string, os: string): string {
  const path = withSlashes(written, os);
  if (path.startsWith('/')) return path;
  const wanted = path === '.' || path === '' ? './' : path;
  const joined = cleanPath(`${workdir === '' ? '/' : workdir}/${wanted}`);
  if (wanted.endsWith('/') && !joined.endsWith('/')) return `${joined}/`;
  if (wanted.endsWith('/.')) return joined === '/' ? '/.' : `${joined}/.`;
  return joined;
}

/** True when the name has an unescaped `*`, `?` or `[` (convert_copy.go: containsWildcards). */
export function hasWildcard(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const character = name[index];
    if (character === '*' || character === '?' || character === '[') return true;
    if (character === '\\') index++;
  }
  return false;
}
