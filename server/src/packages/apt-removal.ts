/** What goes when packages are removed: `apt-get autoremove` keeps what a kept package depends on or recommends (`apt-pkg/algorithms.cc`). */
import type { AptMemory, AptStage } from './apt-stage';

/** Names of the packages added in the stage that nothing asks for any more once `removed` are gone. */
export function unneeded(stage: AptStage, memory: AptMemory, removed: ReadonlySet<string>): ReadonlySet<string> {
  const automatic = new Set([...memory.added].filter(([, how]) => how === 'automatic').map(([name]) => name));
  const kept = new Set<string>();
  const queue: string[] = [];
  const keep = (name: string): void => {
    if (removed.has(name) || kept.has(name) || !stage.has(name)) return;
    kept.add(name);
    queue.push(name);
  };
  for (const name of stage.base) if (!memory.gone.has(name)) keep(name);
  for (const [name, how] of memory.added) if (how === 'manual') keep(name);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const of = stage.index.find(name);
    if (of === undefined) continue;
    for (const group of [...of.depends, ...of.recommends])
      for (const alternative of group) {
        keep(alternative);
        if (!stage.has(alternative)) for (const provider of stage.index.providers(alternative)) keep(provider);
      }
  }
  return new Set([...automatic].filter((name) => !kept.has(name) && !removed.has(name)));
}

/** The removed packages and those added ones that can't stay without them. */
export function withDependants(stage: AptStage, memory: AptMemory, names: Iterable<string>): ReadonlySet<string> {
  const removed = new Set(names);
  for (let grown = true; grown; ) {
    grown = false;
    for (const name of memory.added.keys()) {
      if (removed.has(name)) continue;
      const depends = stage.index.find(name)?.depends ?? [];
      const broken = depends.some(
        (group) =>
          group.some((one) => removed.has(one)) &&
          !group.some(
            (one) =>
              (stage.has(one) && !removed.has(one)) ||
              stage.index.providers(one).some((provider) => stage.has(provider) && !removed.has(provider)),
          ),
      );
      if (!broken) continue;
      removed.add(name);
      grown = true;
    }
  }
  return removed;
}
