/** Files as a script finds them: those of the stage, and the texts that it wrote itself. */
import { absolutePath } from './builtins';
import type { ScriptSurroundings } from './interpret';
import { knownInput, knownOutput, type OutputContext } from './known-output';
import { isKnown, withoutMarks } from './stand-in';
import type { RunCommand } from './types';

export class ScriptFiles {
  /** Files whose text is being read. */
  readonly pending = new Set<string>();
  /** Texts that the script itself put into files; undefined when it changed a file in a way that is not followed. */
  private readonly texts = new Map<string, string | undefined>();
  /** A command has run that may have changed what lies in the file system. */
  private changed = false;

  constructor(
    private readonly surroundings: ScriptSurroundings,
    inlineFiles: readonly { readonly name: string; readonly content: string }[],
  ) {
    for (const { name, content } of inlineFiles) this.texts.set(`/dev/pipes/${name}`, withoutMarks(content));
  }

  readText(path: string): string | undefined {
    if (!isKnown(path)) return undefined;
    const absolute = absolutePath(path, '/') ?? path;
    if (this.texts.has(absolute)) return this.texts.get(absolute);
    const text = this.surroundings.readText(absolute);
    if (text === 'pending') {
      this.pending.add(absolute);
      return undefined;
    }
    return text === undefined ? undefined : withoutMarks(text);
  }

  exists(path: string): boolean | undefined {
    if (this.texts.get(path) !== undefined) return true;
    return this.changed ? undefined : this.surroundings.exists?.(path);
  }

  hasProgram(name: string): boolean | undefined {
    return this.changed ? undefined : this.surroundings.hasProgram?.(name);
  }

  /** Notes what a command writes, so that the script can run or read it later. `certain`: the command surely runs. */
  note(command: RunCommand, output: OutputContext, certain: boolean): void {
    const quiet = command.redirections.every(
      (part) => part.operator.startsWith('<') || part.target?.value?.startsWith('/dev/'),
    );
    if (!quiet || !harmless.has(command.name ?? '?')) this.changed = true;
    if (command.name === 'sed' && command.words.some((word) => /^-\w*i|^--in-place/.test(word.text))) {
      for (const word of command.words) this.set(word.value, command, undefined, false);
    }
    if (command.name === 'tee') {
      const input = certain ? knownInput(command, output) : undefined;
      const adds = command.words.some((word) => /^-\w*a|^--append/.test(word.text));
      for (const word of command.words) if (!word.text.startsWith('-')) this.set(word.value, command, input, adds);
    }
    for (const part of command.redirections) {
      if (!/^(?:&?>|>\||&?>>)$/.test(part.operator) || (part.descriptor ?? 1) !== 1) continue;
      const text = certain ? knownOutput(command, output) : undefined;
      this.set(part.target?.value, command, text, part.operator.endsWith('>>'));
    }
  }

  private set(path: string | undefined, command: RunCommand, text: string | undefined, adds: boolean): void {
    const absolute = path === undefined ? undefined : absolutePath(path, command.directory);
    if (absolute === undefined || absolute.startsWith('/dev/')) return;
    const before = adds ? (this.readText(absolute) ?? (this.exists(absolute) === false ? '' : undefined)) : '';
    this.texts.set(absolute, text !== undefined && before !== undefined ? `${before}${text}` : undefined);
  }
}

/** Commands that leave files as they are, redirections aside. */
const harmless = new Set(
  (
    ': [ test true false echo printf set cd export umask cat grep trap uname id command which type local declare readonly ' +
    'unset shopt sleep pwd ls'
  ).split(' '),
).add('');
