/** RUN: from the parsed instruction to what the builder executes (dockerfile2llb/convert.go: dispatchRun, convert_runmount.go). */
import { chompHeredoc } from '../dockerfile/heredoc';
import type { Flag, Heredoc, MountFlag, RunInstruction } from '../dockerfile/types';
import { cleanPath, pathInOrigin } from './paths';
import type { CopyOrigin, ExecuteOperation, ResolvedMount } from './types';

export interface RunSurroundings {
  readonly workdir: string;
  readonly os: string;
  readonly shell: readonly string[];
  /** Expands one word in the step's environment. */
  readonly expand: (text: string) => string;
  /** Where `from=NAME` of a mount leads; the name is not expanded (convert_runmount.go: detectRunMount). */
  readonly resolveOrigin: (name: string) => CopyOrigin;
}

const mountTypes = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
type MountType = (typeof mountTypes)[number];

function isMountType(text: string): text is MountType {
  return (mountTypes as readonly string[]).includes(text);
}

function option(mount: MountFlag, ...keys: string[]): string | undefined {
  return mount.options.findLast((candidate) => keys.includes(candidate.key))?.value;
}

/** The last of the options that say so decides; bind mounts are read-only unless told otherwise (commands_runmount.go: parseMount). */
function isReadOnly(mount: MountFlag, type: MountType): boolean {
  let readOnly = type !== 'cache' && type !== 'tmpfs';
  for (const { key, value } of mount.options) {
    const isTrue = value === undefined || /^(1|t|true)$/i.test(value);
    if (key === 'ro' || key === 'readonly') readOnly = isTrue;
    else if (key === 'rw' || key === 'readwrite') readOnly = !isTrue;
  }
  return readOnly;
}

function resolveMount(mount: MountFlag, surroundings: RunSurroundings): ResolvedMount | undefined {
  const { expand, workdir } = surroundings;
  const type = expand(mount.type).toLowerCase();
  if (!isMountType(type)) return undefined;
  const from = option(mount, 'from');
  const target = option(mount, 'target', 'dst', 'destination');
  const absolute = (path: string) => (path.startsWith('/') ? path : cleanPath(`/${workdir}/${path}`));
  const origin = (): ResolvedMount['origin'] => {
    if (type !== 'bind' && type !== 'cache') return { kind: 'none' };
    if (from !== undefined && from !== '') return surroundings.resolveOrigin(from);
    return type === 'bind' ? { kind: 'context' } : { kind: 'none' };
  };
  const readOnly = isReadOnly(mount, type);
  const source = option(mount, 'source', 'src');
  return {
    type,
    target: target === undefined || target === '' ? '' : absolute(expand(target)),
    origin: origin(),
    source: source === undefined ? '' : pathInOrigin(expand(source)),
    readOnly,
    options: mount.options
      .map(({ key, value }): readonly [string, string] => [key, value === undefined ? '' : expand(value)])
      .toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  };
}

/** True when the whole script is one heredoc word, `<<EOF` (parser.go: ParseHeredoc). */
function isSimpleHeredoc(script: string): boolean {
  return /^\d*<<-?[^<\s]+$/.test(script.trim());
}

interface Command {
  readonly arguments: readonly string[];
  readonly script: string;
  readonly inlineFiles: ExecuteOperation['inlineFiles'];
}

function heredocCommand(
  script: string,
  heredocs: readonly [Heredoc, ...Heredoc[]],
  surroundings: RunSurroundings,
): Command {
  const { shell, os } = surroundings;
  const [first] = heredocs;
  if (!isSimpleHeredoc(script)) {
    const whole = heredocs.reduce((text, heredoc) => `${text}\n${heredoc.content}${heredoc.name}`, script);
    return { arguments: [...shell, whole], script: whole, inlineFiles: [] };
  }
  const body = first.chomp ? chompHeredoc(first.content) : first.content;
  if (os !== 'windows' && body.startsWith('#!')) {
    return {
      arguments: [...shell, `/dev/pipes/${first.name}`],
      script: body,
      inlineFiles: [{ name: first.name, content: body }],
    };
  }
  return { arguments: [...shell, body], script: body, inlineFiles: [] };
}

function flagValue(flags: readonly Flag[], name: string, otherwise: string): string {
  return flags.findLast((flag) => flag.name === name)?.value ?? otherwise;
}

/** What RUN executes in the given surroundings. */
export function resolveRun(instruction: RunInstruction, surroundings: RunSurroundings): ExecuteOperation {
  const mounts = instruction.mounts
    .map((mount) => resolveMount(mount, surroundings))
    .filter((mount) => mount !== undefined);
  const common = {
    kind: 'execute',
    mounts,
    network: flagValue(instruction.flags, 'network', 'default'),
    security: flagValue(instruction.flags, 'security', 'sandbox'),
  } as const;
  const { command, heredocs } = instruction;
  if (command.form === 'exec') {
    return {
      ...common,
      arguments: command.arguments,
      command: { form: 'exec', arguments: command.arguments },
      inlineFiles: [],
    };
  }
  const [first, ...others] = heredocs;
  const resolved: Command =
    first === undefined
      ? { arguments: [...surroundings.shell, command.script], script: command.script, inlineFiles: [] }
      : heredocCommand(command.script, [first, ...others], surroundings);
  return {
    ...common,
    arguments: resolved.arguments,
    command: { form: 'shell', script: resolved.script },
    inlineFiles: resolved.inlineFiles,
  };
}
