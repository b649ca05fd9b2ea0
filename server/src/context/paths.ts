/** Names and paths of the context index: relative to the root, which is the empty string, separated by `/`. */

/** Orders names and paths as their UTF-8 bytes do, which is how the builder sorts directories. */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    // Surrogate pairs stand for code points above everything else in the basic plane.
    const leftSurrogate = left >= 0xd800 && left <= 0xdfff;
    const rightSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (leftSurrogate !== rightSurrogate) return leftSurrogate ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

/** The directory of a context path; the root's own is the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last element of a context path; empty for the root. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Joins a directory and a path below it, either of which may be the root. */
export function joinPath(directory: string, below: string): string {
  if (directory === '') return below;
  return below === '' ? directory : `${directory}/${below}`;
}

/** The directories on the way to a path, the nearest first, without the root. */
export function directoriesAbove(path: string): string[] {
  const above: string[] = [];
  for (let at = parentPath(path); at !== ''; at = parentPath(at)) above.push(at);
  return above;
}
