/** corepack: `enable` makes links; `prepare` and `install` fetch a package manager into the user's cache (nodejs/corepack, `folderUtils.ts`). */
import { t } from '../localize';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { homeOf, readCommandLine } from './node-options';
import { ranged } from './node-pool';
import type { PackageProvider, SizeRange } from './types';

/** Bytes of a release after unpacking, by manager; between releases they lie apart as the range says. */
const releases: Readonly<Record<string, SizeRange>> = {
  pnpm: ranged(17.6e6, 8e6, 21e6, 'estimated'),
  yarn: ranged(2.8e6, 2.1e6, 5.4e6, 'estimated'),
  npm: ranged(10.5e6, 8e6, 13e6, 'estimated'),
};

export const corepack: PackageProvider = {
  manager: 'corepack',
  handles: (command) => command.name === 'corepack',
  effect(command, surroundings) {
    const line = readCommandLine(command, new Set(['install-directory', 'o', 'output']));
    switch (line.verb) {
      case 'prepare':
      case 'install':
      case 'use':
      case 'up':
      case 'hydrate': {
        const [specifier] = line.operands;
        const [, name] = /^(pnpm|yarn|npm)(?:@|$)/.exec(specifier ?? managerOf(command.directory, surroundings)) ?? [];
        const size = name === undefined ? undefined : releases[name];
        if (name === undefined || size === undefined) {
          return unknownEffect(
            t('Which package manager corepack fetches is not known: package.json does not name it.'),
          );
        }
        const place = command.environment.get('COREPACK_HOME') ?? `${homeOf(command)}/.cache/node/corepack`;
        const writes = [{ path: `${place}/v1/${name}`, kind: 'tree', size, label: t('release of {0}', name) } as const];
        return effectOf({
          writes: notMounted(writes, surroundings.mounted),
          evidence: [t('The size of a release of {0} is estimated from its recent releases.', name)],
        });
      }
      case 'enable':
      case 'disable':
      case 'cache':
      case undefined:
        return effectOf({});
      default:
        return unknownEffect(t('What {0} writes is known only after a build.', `corepack ${line.verb}`));
    }
  },
};

function managerOf(directory: string | undefined, { files }: Parameters<PackageProvider['effect']>[1]): string {
  const text =
    directory === undefined ? undefined : files.readText(`${directory === '/' ? '' : directory}/package.json`);
  return text === undefined ? '' : (/"packageManager"\s*:\s*"([^"]{1,100})"/.exec(text)?.[1] ?? '');
}
