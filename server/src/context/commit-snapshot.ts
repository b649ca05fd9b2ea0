/**
 * The build context of a commit's tree, after its ignore file, as a snapshot under the scheme `git`. What two commits have in
 * common is filtered and digested once. The digests are those that snapshots over columns have.
 */
import { sha256Hex } from '../sha256';
import { digestWidth } from './columns';
import type { TreeDirectory, TreeLeaf, TreeNode } from './commit-tree';
import { directoryHeader } from './entry-digest';
import { parseIgnoreFile } from './ignore-file';
import { baseName, compareBytewise, joinPath } from './paths';
import type { MatchState, PatternMatcher } from './pattern-matcher';
import type { ContextEntry, ContextSnapshot } from './types';

/** An entry that is sent. */
interface Sent {
  readonly leaf?: TreeLeaf;
  readonly type: ContextEntry['type'];
  readonly mode: number;
  readonly linkTarget?: string;
  readonly children?: readonly (readonly [name: string, sent: Sent])[];
  readonly byName?: ReadonlyMap<string, Sent>;
  readonly digest: string;
}

interface Verdict {
  readonly ignored: boolean;
  /** The builder's client looks into it. */
  readonly walked: boolean;
  readonly state: MatchState;
}

/** Contexts of the commits of one repository, for one place in it. */
export class CommitContexts {
  readonly #linkTarget: (blob: string) => string;
  readonly #filters = new Map<string, ContextFilter>();
  readonly #snapshots = new WeakMap<Sent, ContextSnapshot>();

  /** `linkTarget` tells where a symbolic link points to, by the object ID of its blob. */
  constructor(linkTarget: (blob: string) => string) {
    this.#linkTarget = linkTarget;
  }

  /** The context of a tree with the rules of an ignore file; the same object for a tree that is filtered alike. */
  of(tree: TreeDirectory, ignoreText: string): ContextSnapshot {
    let filter = this.#filters.get(ignoreText);
    if (!filter) {
      filter = new ContextFilter(parseIgnoreFile(ignoreText).matcher, this.#linkTarget);
      this.#filters.set(ignoreText, filter);
    }
    const root = filter.root(tree);
    let snapshot = this.#snapshots.get(root);
    if (!snapshot) {
      snapshot = snapshotOf(root);
      this.#snapshots.set(root, snapshot);
    }
    return snapshot;
  }
}

/** Applies one ignore file; what was decided on a directory or file of an earlier tree is taken over. */
class ContextFilter {
  /** Null: nothing of it is sent. */
  readonly #sent = new WeakMap<TreeNode, Sent | null>();

  constructor(
    private readonly matcher: PatternMatcher,
    private readonly linkTarget: (blob: string) => string,
  ) {}

  root(tree: TreeDirectory): Sent {
    const known = this.#sent.get(tree);
    if (known) return known;
    const made = this.directory(tree, '', { ignored: false, walked: true, state: undefined }) ?? directorySent([], '');
    this.#sent.set(tree, made);
    return made;
  }

  private node(node: TreeNode, path: string, above: MatchState): Sent | null {
    const known = this.#sent.get(node);
    if (known !== undefined) return known;
    const made = this.decide(node, path, above);
    this.#sent.set(node, made);
    return made;
  }

  private decide(node: TreeNode, path: string, above: MatchState): Sent | null {
    switch (node.kind) {
      case 'directory':
        return this.directory(node, path, this.verdict(path, above));
      case 'submodule': {
        const { walked } = this.verdict(path, above);
        return walked ? { leaf: node, type: 'directory', mode: 0o755, digest: `s:${node.id}` } : null;
      }
      case 'file': {
        if (this.matcher.match(path, above)) return null;
        const mode = node.executable ? 0o755 : 0o644;
        return { leaf: node, type: 'file', mode, digest: `f${mode.toString(8)}:${node.id}` };
      }
      case 'symlink': {
        if (this.matcher.match(path, above)) return null;
        const linkTarget = this.linkTarget(node.id);
        return { leaf: node, type: 'symlink', mode: 0o777, linkTarget, digest: `l:${linkTarget}` };
      }
      default:
        return node satisfies never;
    }
  }

  private verdict(path: string, above: MatchState): Verdict {
    const state = new Uint8Array(this.matcher.patterns.length);
    const ignored = this.matcher.match(path, above, state);
    return { ignored, walked: !ignored || this.matcher.mayKeepBelow(path), state };
  }

  /** A directory whose files are all ignored is sent empty; one that is ignored itself, only with what is kept in it. */
  private directory(directory: TreeDirectory, path: string, verdict: Verdict): Sent | null {
    if (!verdict.walked) return null;
    const children: [string, Sent][] = [];
    for (const [name, child] of directory.children) {
      const sent = this.node(child, joinPath(path, name), verdict.state);
      if (sent !== null) children.push([name, sent]);
    }
    if (verdict.ignored && children.length === 0) return null;
    return directorySent(children, path);
  }
}

/** The same digest as `digestAt` gives: that of the root is without a mode. */
function directorySent(children: [string, Sent][], path: string): Sent {
  children.sort(([left], [right]) => compareBytewise(left, right));
  const text = children.map(([name, sent]) => `${name}\0${sent.digest}\0`).join('');
  return {
    type: 'directory',
    mode: 0o755,
    children,
    byName: new Map(children),
    digest: `${path === '' ? 'd' : directoryHeader(0o755, 'git')}:${sha256Hex(text).slice(0, digestWidth.git * 2)}`,
  };
}

function snapshotOf(root: Sent): ContextSnapshot {
  const find = (path: string): Sent | undefined => {
    let sent: Sent | undefined = root;
    if (path === '') return sent;
    let start = 0;
    while (sent && start <= path.length) {
      // What a submodule holds changes with its commit and in no other way.
      if (sent.leaf?.kind === 'submodule') return insideSubmodule(sent.leaf, path.slice(start));
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      sent = sent.byName?.get(path.slice(start, end));
      start = end + 1;
    }
    return sent;
  };
  return {
    version: 0,
    totals: noTotals,
    unreadable: [],
    entry(path) {
      const sent = find(path);
      return sent && entryOf(path, sent);
    },
    children(path) {
      const sent = find(path);
      if (sent?.leaf?.kind === 'submodule') {
        return [entryOf(joinPath(path, '.git'), insideSubmodule(sent.leaf, '.git'))];
      }
      return (sent?.children ?? []).map(([name, child]) => entryOf(joinPath(path, name), child));
    },
    totalsOf: () => noTotals,
    digest: (path, scheme) => (scheme === 'git' ? find(path)?.digest : undefined),
    archive: () => undefined,
  };
}

const noTotals = { bytes: 0, files: 0 };

function insideSubmodule(module: TreeLeaf, below: string): Sent {
  return { leaf: { ...module, kind: 'file' }, type: 'file', mode: 0o644, digest: `s:${module.id}:${below}` };
}

function entryOf(path: string, sent: Sent): ContextEntry {
  const { type, mode, linkTarget } = sent;
  return { path, name: baseName(path), type, mode, size: 0, ...(linkTarget === undefined ? {} : { linkTarget }) };
}
