/** COPY and ADD: from the parsed instruction to what the builder copies (dockerfile2llb/convert_copy.go: dispatchCopy). */
import { chompHeredoc } from '../dockerfile/heredoc';
import type { CopyInstruction, Flag } from '../dockerfile/types';
import { hasWildcard, pathInOrigin, resolveDestination } from './paths';
import { isGitReference, isRemoteFile } from './remote';
import type { CopyOperation, CopyOrigin, ResolvedSource } from './types';

export interface CopySurroundings {
  readonly workdir: string;
  readonly os: string;
  /** Expands one word in the step's environment. */
  readonly expand: (text: string) => string;
  /** Expands a heredoc body: quotes stay (shell.Lex.SkipProcessQuotes). */
  readonly expandBody: (text: string) => string;
}

function flagValue(flags: readonly Flag[], name: string): string | undefined {
  return flags.findLast((flag) => flag.name === name)?.value;
}

/** A boolean flag: absent false, bare true, else its value (instructions/bflag.go). */
function flagIsSet(flags: readonly Flag[], name: string): boolean {
  const flag = flags.findLast((candidate) => candidate.name === name);
  return flag !== undefined && (flag.value === undefined || flag.value.toLowerCase() === 'true');
}

function resolvePath(written: string, os: string): ResolvedSource {
  const path = os === 'windows' ? written.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '') : written;
  return { kind: 'path', path: pathInOrigin(path), wildcard: hasWildcard(path), written };
}

/** What COPY or ADD does in the given surroundings. */
export function resolveCopy(
  instruction: CopyInstruction,
  origin: CopyOrigin,
  surroundings: CopySurroundings,
): CopyOperation {
  const { expand, expandBody, os } = surroundings;
  const add = instruction.keyword === 'ADD';
  const optional = (name: string) => {
    const value = flagValue(instruction.flags, name);
    return value === undefined ? undefined : expand(value);
  };
  const sources = instruction.sources.map((source): ResolvedSource => {
    if (source.kind === 'heredoc') {
      const body = source.heredoc.expand ? expandBody(source.heredoc.content) : source.heredoc.content;
      return { kind: 'heredoc', name: source.heredoc.name, content: source.heredoc.chomp ? chompHeredoc(body) : body };
    }
    const written = expand(source.word.text);
    if (add && isGitReference(written)) return { kind: 'git', url: written };
    if (add && isRemoteFile(written)) return { kind: 'url', url: written };
    return resolvePath(written, os);
  });
  const owner = optional('chown');
  const mode = optional('chmod');
  const checksum = optional('checksum');
  const unpack = instruction.flags.some((flag) => flag.name === 'unpack')
    ? flagIsSet(instruction.flags, 'unpack')
    : add;
  return {
    kind: 'copy',
    add,
    origin,
    sources,
    destination: resolveDestination(surroundings.workdir, expand(instruction.destination.text), os),
    ...(owner === undefined || owner === '' ? {} : { owner }),
    ...(mode === undefined || mode === '' ? {} : { mode }),
    link: flagIsSet(instruction.flags, 'link'),
    parents: flagIsSet(instruction.flags, 'parents'),
    exclude: instruction.flags.filter((flag) => flag.name === 'exclude').map((flag) => expand(flag.value ?? '')),
    unpack,
    unpackRemote: flagIsSet(instruction.flags, 'unpack'),
    ...(checksum === undefined || checksum === '' ? {} : { checksum }),
    keepGitDirectory: flagIsSet(instruction.flags, 'keep-git-dir'),
  };
}
