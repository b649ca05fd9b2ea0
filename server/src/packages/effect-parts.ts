/** Collects what a command leaves, and makes the effect of it. */
import type { PackageEffect, PackageName, PackageRequest, SizeRange, WrittenPart } from './types';

/** More parts than this of one command are added up in one. */
const mostParts = 5_000;

/** The effect of a command that changes no file. */
export const noEffect: PackageEffect = { writes: [], removes: [], removedPackages: [], evidence: [], needs: [] };

export class EffectParts {
  private readonly writes: WrittenPart[] = [];
  private readonly removes: string[] = [];
  private readonly removedPackages: PackageName[] = [];
  private readonly evidence = new Set<string>();
  private readonly unknowns = new Set<string>();
  private readonly needs = new Map<string, PackageRequest>();
  private readonly mounted: readonly string[];

  /** What lies at or below a path of `mounted` is not in the layer. */
  constructor(mounted: readonly string[]) {
    this.mounted = mounted;
  }

  write(part: WrittenPart): void {
    if (this.writes.length < mostParts && !this.isMounted(part.path)) this.writes.push(part);
  }

  tree(path: string, size: SizeRange, label: string): void {
    this.write({ path, kind: 'tree', size, label });
  }

  file(path: string, size: SizeRange, label?: string): void {
    this.write({ path, kind: 'file', size, files: 1, ...(label !== undefined && { label }) });
  }

  remove(path: string): void {
    if (!this.isMounted(path)) this.removes.push(path);
  }

  removePackage(name: PackageName): void {
    this.removedPackages.push(name);
  }

  because(sentence: string): void {
    this.evidence.add(sentence);
  }

  /** What could not be known and what would make it known. */
  unknown(sentence: string): void {
    this.unknowns.add(sentence);
  }

  need(request: PackageRequest): void {
    this.needs.set(JSON.stringify(request), request);
  }

  isMounted(path: string): boolean {
    return this.mounted.some((mount) => path === mount || path.startsWith(mount.endsWith('/') ? mount : `${mount}/`));
  }

  effect(memory?: unknown): PackageEffect {
    const unknown = [...this.unknowns].slice(0, 5).join(' ');
    return {
      writes: this.writes,
      removes: this.removes,
      removedPackages: this.removedPackages,
      evidence: [...this.evidence],
      ...(unknown !== '' && { unknown }),
      ...(memory !== undefined && { memory }),
      needs: [...this.needs.values()],
    };
  }
}
