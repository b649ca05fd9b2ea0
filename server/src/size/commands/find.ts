/** find: what it selects of what is known, and what `-delete` and `-exec` do to it. */
import { baseName } from '../../build/paths';
import { matchesPattern } from '../../shell/pattern-match';
import type { RunCommand } from '../../shell/types';
import { pathOf, wordValue } from './options';
import type { CommandSurroundings, StageEntry } from './types';

/** True, false, or undefined when only the container can tell. */
type Test = (entry: StageEntry, depth: number) => boolean | undefined;

export interface FindPlan {
  readonly roots: readonly string[];
  readonly test: Test;
  /** The tests look at names or depths: not everything below the roots is meant. */
  readonly selective: boolean;
  /** Only folders are meant. */
  readonly foldersOnly: boolean;
  readonly deletes: boolean;
  /** Words of `-exec`, `{}` for the path; one command for each path, or for all of them. */
  readonly executes: readonly (readonly string[])[];
}

const ignored = new Set([
  '-depth',
  '-d',
  '-xdev',
  '-mount',
  '-follow',
  '-L',
  '-P',
  '-H',
  '-print',
  '-print0',
  '-daystart',
  '-a',
  '-and',
  '-noleaf',
  '-prune',
  '-quit',
]);
const unknownTests = new Set([
  '-mtime',
  '-mmin',
  '-ctime',
  '-atime',
  '-amin',
  '-cmin',
  '-size',
  '-perm',
  '-user',
  '-group',
  '-uid',
  '-gid',
  '-newer',
  '-links',
  '-regex',
  '-iregex',
  '-fstype',
  '-inum',
  '-samefile',
  '-lname',
]);

class Reader {
  private index = 0;
  selective = false;
  deletes = false;
  readonly executes: (readonly string[])[] = [];
  readonly types = new Set<string>();
  deepest = Number.POSITIVE_INFINITY;
  shallowest = 0;

  constructor(private readonly words: readonly string[]) {}

  roots(): readonly string[] {
    const roots: string[] = [];
    for (; this.index < this.words.length; this.index += 1) {
      const word = this.words[this.index] ?? '';
      if (/^-[LPH]$/.test(word)) continue;
      if (/^[-(!]/.test(word)) break;
      roots.push(word);
    }
    return roots.length === 0 ? ['.'] : roots;
  }

  alternatives(depth = 0): Test {
    const tests = [this.conjunction(depth)];
    while (this.words[this.index] === '-o' || this.words[this.index] === '-or') {
      this.index += 1;
      tests.push(this.conjunction(depth));
    }
    return (entry, level) => {
      let unsure = false;
      for (const test of tests) {
        const value = test(entry, level);
        if (value === true) return true;
        unsure ||= value === undefined;
      }
      return unsure ? undefined : false;
    };
  }

  private conjunction(depth: number): Test {
    const tests: Test[] = [];
    while (this.index < this.words.length) {
      const word = this.words[this.index];
      if (word === '-o' || word === '-or' || word === ')') break;
      tests.push(this.primary(depth));
    }
    return (entry, level) => {
      let unsure = false;
      for (const test of tests) {
        const value = test(entry, level);
        if (value === false) return false;
        unsure ||= value === undefined;
      }
      return unsure ? undefined : true;
    };
  }

  private next(): string {
    const word = this.words[this.index] ?? '';
    this.index += 1;
    return word;
  }

  private primary(depth: number): Test {
    const word = this.next();
    if ((word === '(' || word === '\\(') && depth < 20) {
      const inner = this.alternatives(depth + 1);
      this.index += 1;
      return inner;
    }
    if (word === '!' || word === '-not') {
      const inner = this.primary(depth);
      this.selective = true;
      return (entry, level) => {
        const value = inner(entry, level);
        return value === undefined ? undefined : !value;
      };
    }
    if (ignored.has(word)) return () => true;
    if (unknownTests.has(word)) {
      this.next();
      this.selective = true;
      return () => undefined;
    }
    switch (word) {
      case '-name':
      case '-iname': {
        const pattern = this.folded(word, this.next());
        this.selective = true;
        return (entry) => matchesPattern(pattern, this.folded(word, baseName(entry.path)));
      }
      case '-path':
      case '-wholename':
      case '-ipath': {
        const pattern = this.folded(word, this.next());
        this.selective = true;
        return (entry) => matchesPattern(pattern, this.folded(word, entry.path));
      }
      case '-type': {
        const types = this.next().split(',');
        for (const type of types) this.types.add(type);
        return (entry) => {
          const type = { file: 'f', directory: 'd', link: 'l', tree: undefined }[entry.kind];
          return type === undefined ? undefined : types.includes(type);
        };
      }
      case '-maxdepth':
        this.deepest = Number.parseInt(this.next(), 10);
        this.selective = true;
        return () => true;
      case '-mindepth':
        this.shallowest = Number.parseInt(this.next(), 10);
        return () => true;
      case '-empty':
        return () => undefined;
      case '-delete':
        this.deletes = true;
        return () => true;
      case '-exec':
      case '-execdir':
      case '-ok': {
        const words: string[] = [];
        while (this.index < this.words.length) {
          const part = this.next();
          if (part === ';' || (part === '+' && words.at(-1) === '{}')) break;
          words.push(part);
        }
        this.executes.push(words);
        return () => true;
      }
      case '-printf':
      case '-fprint':
        this.next();
        return () => true;
      default:
        return () => undefined;
    }
  }

  private folded(option: string, text: string): string {
    return option.startsWith('-i') ? text.toLowerCase() : text;
  }
}

/** Reads find's words. */
export function findPlan(command: RunCommand): FindPlan {
  const reader = new Reader(command.words.map(wordValue));
  const roots = reader.roots();
  const test = reader.alternatives();
  return {
    roots: roots.map((root) => pathOf({ text: root, value: root }, command)).filter((path) => path !== undefined),
    test: (entry, depth) => (depth < reader.shallowest || depth > reader.deepest ? false : test(entry, depth)),
    selective: reader.selective,
    foldersOnly: reader.types.size === 1 && reader.types.has('d'),
    deletes: reader.deletes,
    executes: reader.executes,
  };
}

/** What is known to be selected; what lies in a selected folder is selected on its own when the tests say so. */
export function selectedBy(command: RunCommand, { files }: CommandSurroundings): readonly StageEntry[] {
  const plan = findPlan(command);
  const selected: StageEntry[] = [];
  for (const root of plan.roots) {
    const depthOf = (path: string): number =>
      path.split('/').length - (root === '/' ? 1 : root.split('/').length) + (path === '/' ? -1 : 0);
    for (const entry of files.entriesBelow(root).entries) {
      if (plan.test(entry, depthOf(entry.path)) === true) selected.push(entry);
      if (selected.length > 20_000) return selected;
    }
  }
  return selected;
}
