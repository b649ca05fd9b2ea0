/**
 * Which packages an installation brings, as apt picks them: `pkgDepCache::MarkInstall` in apt's `apt-pkg/depcache.cc`. A requested package
 * is marked first; then each dependency is met by what is there, else by the first alternative that can be installed, depth first, hard
 * dependencies before recommendations. Versions are left out: an index holds what can be installed now.
 */
import type { DistributionIndex, DistributionPackage } from './types';

export interface Resolution {
  /** Packages that come along and were not there, in the order found. */
  readonly added: readonly DistributionPackage[];
  /** Of what was asked for: names that no index knows. */
  readonly missing: readonly string[];
  /** Dependencies that nothing meets: the real index holds more than this one. */
  readonly broken: readonly string[];
  /** Names asked for that stand for a package of another name. */
  readonly selected: ReadonlyMap<string, string>;
}

export interface ResolveOptions {
  readonly recommends: boolean;
  /** Names not to be installed, whoever wants them: `apt-get install a b-`. */
  readonly without?: ReadonlySet<string>;
}

/** No installation has more packages: a bound for indexes that make no sense. */
const MOST_ADDED = 6_000;

const PRIORITY = ['required', 'important', 'standard', 'optional', 'extra'];

/** `CompareProviders` in depcache.cc: by priority; what is left is not defined by names, which make the order the same everywhere. */
function inOrder(index: DistributionIndex, names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const rank = (name: string): number => PRIORITY.indexOf(index.find(name)?.priority ?? 'extra');
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

class Resolver {
  readonly added = new Map<string, DistributionPackage>();
  readonly broken = new Set<string>();
  /** Names that the added packages exclude, and who does. */
  private readonly excluded = new Set<string>();
  private readonly provided = new Set<string>();

  constructor(
    private readonly index: DistributionIndex,
    private readonly installed: { has(name: string): boolean },
    private readonly options: ResolveOptions,
  ) {}

  mark(found: DistributionPackage): void {
    this.added.set(found.name, found);
    for (const name of found.provides) this.provided.add(name);
    for (const name of found.conflicts) if (!found.provides.includes(name)) this.excluded.add(name);
  }

  has(name: string): boolean {
    return this.installed.has(name) || this.added.has(name);
  }

  private met(name: string): boolean {
    if (this.has(name) || this.provided.has(name)) return true;
    return this.index.providers(name).some((provider) => this.installed.has(provider));
  }

  /** Could be installed beside what is there. */
  private possible(found: DistributionPackage): boolean {
    if (this.options.without?.has(found.name) === true || this.excluded.has(found.name)) return false;
    return !found.conflicts.some(
      (name) => !found.provides.includes(name) && (this.has(name) || this.provided.has(name)),
    );
  }

  /** The packages that a name may stand for, the likeliest first. */
  candidates(name: string): DistributionPackage[] {
    const real = this.index.find(name);
    if (real !== undefined) return this.possible(real) ? [real] : this.providing(name);
    return this.providing(name);
  }

  private providing(name: string): DistributionPackage[] {
    return inOrder(this.index, this.index.providers(name)).flatMap((provider) => {
      const found = this.index.find(provider);
      return found !== undefined && this.possible(found) ? [found] : [];
    });
  }

  /** Meets the dependencies of a package that is marked, and of all it brings. */
  satisfy(start: DistributionPackage): void {
    // A stack of its own: chains of dependencies get deeper than the call stack should.
    const stack: { readonly groups: (readonly string[])[]; readonly hard: number; next: number }[] = [];
    const enter = (found: DistributionPackage): void => {
      const recommends = this.options.recommends ? found.recommends : [];
      stack.push({ groups: [...found.depends, ...recommends], hard: found.depends.length, next: 0 });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const group = top.groups[top.next];
      if (group === undefined || this.added.size > MOST_ADDED) {
        stack.pop();
        continue;
      }
      const hard = top.next < top.hard;
      top.next++;
      if (group.some((name) => this.met(name))) continue;
      const choice = this.choose(group, hard);
      if (choice === undefined) {
        if (hard) this.broken.add(group.join(' | '));
        continue;
      }
      this.mark(choice);
      enter(choice);
    }
  }

  private choose(group: readonly string[], hard: boolean): DistributionPackage | undefined {
    for (const name of group) {
      const found = this.candidates(name).find((candidate) => hard || this.installable(candidate));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Every direct dependency has something that meets it: recommendations that can't be met are left out. */
  private installable(found: DistributionPackage): boolean {
    return found.depends.every((group) => group.some((name) => this.met(name) || this.candidates(name).length > 0));
  }
}

/**
 * What an installation of the wanted names adds to what is installed. Never throws; cycles and unknown names are in order.
 * @param wanted names as the user gives them, without version, suite and architecture
 */
export function resolve(
  index: DistributionIndex,
  installed: { has(name: string): boolean },
  wanted: readonly string[],
  options: ResolveOptions,
): Resolution {
  const resolver = new Resolver(index, installed, options);
  const missing: string[] = [];
  const selected = new Map<string, string>();
  const starts: DistributionPackage[] = [];
  for (const name of wanted) {
    const found = index.find(name) ?? resolver.candidates(name)[0];
    if (found === undefined) {
      if (!installed.has(name)) missing.push(name);
      continue;
    }
    if (found.name !== name) selected.set(name, found.name);
    if (resolver.has(found.name)) continue;
    resolver.mark(found);
    starts.push(found);
  }
  for (const start of starts) resolver.satisfy(start);
  return { added: [...resolver.added.values()], missing, broken: [...resolver.broken], selected };
}
