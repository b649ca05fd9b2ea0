/** What of the build context a program may read at run time: everything but its sources and what concerns people and tools. */
import { remembered } from '../context/remembered';
import type { ContextEntry, ContextSnapshot } from '../context/types';

/** Files that are for people, version control and tools, in the folder that is copied. */
const aside =
  /^(?:\.(?!well-known).*|.*dockerfile.*|.*\.dockerignore|(?:docker-)?compose.*\.ya?ml|readme.*|licen[cs]e.*|copying.*|notice.*|changelog.*|changes.*|contributing.*|code_of_conduct.*|security\.md|authors.*|todo.*|makefile|gnumakefile|justfile|taskfile\.ya?ml|jenkinsfile|renovate\.json|.*\.md|tests?|testdata|docs?|examples?)$/i;

export interface ProjectFiles {
  /** Paths in the context that are no sources: folders without any as a whole. */
  readonly data: readonly string[];
  /** There are sources among the files. */
  readonly sources: boolean;
  /** Not all was looked at, or there are too many paths to name. */
  readonly open: boolean;
}

const maximumEntries = 20_000;
const maximumPaths = 12;

/** `kind` names the rule that `isSource` follows, of files and of folders as a whole; `path`: a file or folder of the context. */
export function projectFiles(
  snapshot: ContextSnapshot,
  path: string,
  kind: string,
  isSource: (name: string, path: string) => boolean,
): ProjectFiles {
  return remembered(snapshot, `project files ${kind} ${path}`, () => {
    const walk = new Walk(snapshot, isSource);
    const entry = path === '' ? undefined : snapshot.entry(path);
    if (entry?.type === 'directory' && isSource(entry.name, path)) return { data: [], sources: true, open: false };
    const found = entry !== undefined && entry.type !== 'directory' ? walk.file(entry) : walk.folder(path, path, true);
    return {
      data: found.data,
      sources: found.sources,
      open: walk.seen > maximumEntries || found.data.length > maximumPaths,
    };
  });
}

interface Found {
  readonly data: readonly string[];
  readonly sources: boolean;
}

class Walk {
  seen = 0;
  private readonly snapshot: ContextSnapshot;
  private readonly isSource: (name: string, path: string) => boolean;

  constructor(snapshot: ContextSnapshot, isSource: (name: string, path: string) => boolean) {
    this.snapshot = snapshot;
    this.isSource = isSource;
  }

  file(entry: ContextEntry): Found {
    return this.isSource(entry.name, entry.path) ? { data: [], sources: true } : { data: [entry.path], sources: false };
  }

  folder(path: string, whole: string, top: boolean): Found {
    const parts: Found[] = [];
    let left = false;
    for (const child of this.snapshot.children(path)) {
      this.seen += 1;
      if (this.seen > maximumEntries) break;
      if (top && aside.test(child.name) && !this.isSource(child.name, child.path)) {
        left = true;
        continue;
      }
      const skipped = child.type === 'directory' && this.isSource(child.name, child.path);
      if (skipped) parts.push({ data: [], sources: true });
      else parts.push(child.type === 'directory' ? this.folder(child.path, child.path, false) : this.file(child));
    }
    const sources = parts.some((part) => part.sources);
    const data = parts.flatMap((part) => part.data);
    const all = !sources && !left && data.length > 0 && whole !== '' && !top;
    return { data: all ? [whole] : data, sources };
  }
}
