/** Which ADD sources are fetched from elsewhere (frontend/dockerfile/dfgitutil: ParseGitRef; convert_copy.go: isHTTPSource). */

const sshAddress = /^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:.+/;

/** True for `git://…`, `ssh://…`, `user@host:path` and `http(s)://….git[#ref[:subdir]]`. */
export function isGitReference(source: string): boolean {
  if (/^(git|ssh|git\+ssh|git\+https?):\/\//i.test(source)) return true;
  if (/^https?:\/\//i.test(source)) {
    const path = source.replace(/[?#].*$/, '');
    return path.endsWith('.git');
  }
  return sshAddress.test(source);
}

/** True for `http://…` and `https://…` that are not git repositories. */
export function isRemoteFile(source: string): boolean {
  return /^https?:\/\//.test(source) && !isGitReference(source);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** File name that a fetched URL gets: the last part of its path, `__unnamed__` when there is none (convert_copy.go: dispatchCopy). */
export function remoteFileName(url: string): string {
  const path = decoded(url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '')).replace(/\/+$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' ? '__unnamed__' : name;
}
