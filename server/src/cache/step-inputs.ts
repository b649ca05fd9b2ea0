/** The inputs of one step by name, so that a difference can be told in words. Values are kept as short digests: they may be secret. */
import { sortedMounts } from '../build/mount-inputs';
import type { BuildStep } from '../build/types';
import { sha256Hex } from '../sha256';
import type { KeyInput } from './types';

/** Names of inputs; a variable is `variable NAME`. */
export const inputNames = {
  command: 'command',
  shell: 'shell',
  workdir: 'workdir',
  user: 'user',
  network: 'network',
  mounts: 'mounts',
  variables: 'order of variables',
  platform: 'platform',
  sources: 'sources',
  destination: 'destination',
  owner: 'owner',
  mode: 'mode',
  flags: 'flags',
  path: 'path',
} as const;

/** Prefix of a variable's input name. */
export const variablePrefix = 'variable ';

function input(name: string, value: unknown): KeyInput {
  return { name, value: sha256Hex(JSON.stringify(value) ?? '').slice(0, 16) };
}

/** The step's own inputs; contents and parents are compared elsewhere. */
export function stepInputs(step: BuildStep, platform: string): readonly KeyInput[] {
  const { operation, state } = step;
  switch (operation.kind) {
    case 'execute':
      return [
        input(inputNames.command, [operation.command, operation.inlineFiles]),
        input(inputNames.shell, operation.command.form === 'shell' ? state.shell : []),
        ...state.environment.map(({ name, value }) => input(`${variablePrefix}${name}`, value)),
        input(
          inputNames.variables,
          state.environment.map(({ name }) => name),
        ),
        input(inputNames.workdir, state.workdir),
        input(inputNames.user, state.user),
        input(inputNames.network, [operation.network, operation.security]),
        input(
          inputNames.mounts,
          sortedMounts(operation).map((mount) => [mount.type, mount.target, mount.source, mount.options]),
        ),
        input(inputNames.platform, platform),
      ];
    case 'copy':
      return [
        input(inputNames.sources, operation.sources),
        input(inputNames.destination, operation.destination),
        input(inputNames.owner, operation.owner ?? ''),
        input(inputNames.mode, operation.mode ?? ''),
        input(inputNames.flags, [
          operation.add,
          operation.exclude,
          operation.parents,
          operation.unpack,
          operation.link,
        ]),
      ];
    case 'make-directory':
      return [input(inputNames.path, operation.path), input(inputNames.user, operation.owner)];
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return [];
  }
}
