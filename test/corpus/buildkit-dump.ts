/** A parsed Dockerfile in the notation of BuildKit's parser tests (`parser/parser.go` Node.Dump). */
import { splitLine } from '../../server/src/dockerfile/request';
import type {
  CommandLine,
  CopyInstruction,
  Dockerfile,
  EnvInstruction,
  Instruction,
  InvalidInstruction,
} from '../../server/src/dockerfile/types';

/** One line an instruction: `(run ["--mount=…"] "…")`; no line at the end when there is no instruction. */
export function dump(dockerfile: Dockerfile): string {
  return dockerfile.instructions
    .map((instruction) => `(${dumpInstruction(instruction, dockerfile.escape)})\n`)
    .join('');
}

function dumpInstruction(instruction: Instruction, escapeToken: Dockerfile['escape']): string {
  const flags = instruction.flags.map(({ name, value }) => `--${name}${value === undefined ? '' : `=${value}`}`);
  const keyword = instruction.keyword === 'INVALID' ? instruction.name : instruction.keyword;
  const head = flags.length === 0 ? keyword.toLowerCase() : `${keyword.toLowerCase()} [${flags.map(quote).join(' ')}]`;
  if (instruction.keyword === 'ONBUILD') return `${head} (${dumpInstruction(instruction.trigger, escapeToken)})`;
  return [head, ...words(instruction, escapeToken).map(quote)].join(' ');
}

function words(
  instruction: Exclude<Instruction, { keyword: 'ONBUILD' }>,
  escapeToken: Dockerfile['escape'],
): readonly string[] {
  switch (instruction.keyword) {
    case 'FROM':
      return [instruction.image.text, ...(instruction.name === undefined ? [] : ['AS', instruction.name.text])];
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return commandWords(instruction.command);
    case 'COPY':
    case 'ADD':
      return copyWords(instruction);
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      return pairWords(instruction);
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'EXPOSE':
    case 'VOLUME':
    case 'MAINTAINER':
      return instruction.words.map(({ text }) => text);
    case 'HEALTHCHECK':
      return instruction.command === undefined ? ['NONE'] : ['CMD', ...commandWords(instruction.command)];
    case 'INVALID':
      return invalidWords(instruction, escapeToken);
    default:
      return instruction satisfies never;
  }
}

function commandWords(command: CommandLine): readonly string[] {
  if (command.form === 'exec') return command.arguments;
  return command.script === '' ? [] : [command.script];
}

function copyWords({ sources, destination }: CopyInstruction): readonly string[] {
  return [
    ...sources.map((source) => (source.kind === 'word' ? source.word.text : `<<${source.heredoc.name}`)),
    destination.text,
  ];
}

function pairWords({ keyword, pairs, oldForm }: EnvInstruction): readonly string[] {
  return pairs.flatMap(({ name, value }) => {
    if (keyword === 'ARG') return [value === undefined ? name.text : `${name.text}=${value.text}`];
    return [name.text, value?.text ?? '', oldForm ? '' : '='];
  });
}

/** BuildKit's parser lets pass what its later stages reject; the arguments are then read from the line as kept. */
function invalidWords({ name, original }: InvalidInstruction, escapeToken: Dockerfile['escape']): readonly string[] {
  const { rest } = splitLine(original, { start: 0, end: original.length }, escapeToken);
  const text = original.slice(rest.start, rest.end);
  if (text === '') return [];
  switch (name) {
    case 'HEALTHCHECK': {
      const [, type = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
      return command === '' ? [type] : [type, ...(jsonStrings(command) ?? [command])];
    }
    case 'SHELL':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'RUN':
      return jsonStrings(text) ?? [text];
    case 'COPY':
    case 'ADD':
    case 'VOLUME':
      return jsonStrings(text) ?? text.split(/[\t\v\f\r ]+/);
    case 'FROM':
    case 'EXPOSE':
      return text.split(/[\t\v\f\r ]+/);
    default:
      return [text];
  }
}

function jsonStrings(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A string as Go quotes it (`strconv.Quote`). */
function quote(text: string): string {
  const body = text.replace(/["\\\p{Cc}]/gu, (character) => {
    const code = character.charCodeAt(0);
    return (
      ESCAPES[character] ??
      (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
    );
  });
  return `"${body}"`;
}
