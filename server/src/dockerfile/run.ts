/** RUN. Rules: BuildKit `instructions/parse.go` parseRun, `commands_runnetwork.go`, `commands_runsecurity.go`. */

import { requestedCommand } from './command';
import { parseMount } from './mount';
import type { InstructionRequest } from './request';
import type { MountFlag, RunInstruction } from './types';

const NETWORKS = ['default', 'none', 'host'];
const SECURITIES = ['insecure', 'sandbox'];

/** The instruction, or undefined when it cannot be understood. */
export function parseRun(request: InstructionRequest): RunInstruction | undefined {
  const command = requestedCommand(request);
  const mounts: MountFlag[] = [];
  for (const flag of request.base.flags) {
    const { name, value } = flag;
    if (name === 'mount') {
      const mount = parseMount(request, flag);
      if (mount !== undefined) mounts.push(mount);
    }
    const choices = name === 'network' ? NETWORKS : name === 'security' ? SECURITIES : undefined;
    if (choices !== undefined && value !== undefined && !choices.includes(value)) {
      request.report(
        'flag-value',
        '{0} is no valid value for {1}; use one of {2}.',
        [value, `--${name}`, choices.join(', ')],
        flag.range,
      );
    }
  }
  if (command === undefined) return undefined;
  if (command.form === 'shell' ? command.script === '' : command.arguments.length === 0) {
    request.report('empty-command', '{0} names no command.', ['RUN'], request.base.keywordRange, 'warning');
  }
  return { ...request.base, keyword: 'RUN', command, mounts };
}
