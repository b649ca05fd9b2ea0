/** What a command substitution gives: the text that its commands print, or a name for what is not known. */
import type { CommandExpansionPart } from 'unbash';
import { knownOutput, type OutputContext } from './known-output';
import { standInFor } from './stand-in';
import type { RunCommand } from './types';

/** The text without line ends behind it; undefined when it is not known. */
export function substitutedText(
  part: CommandExpansionPart,
  recorded: readonly RunCommand[],
  output: OutputContext,
): string | undefined {
  // What feeds another command through a pipe prints nothing itself.
  const feeding = new Set(recorded.map((command) => command.pipe?.from));
  const printing = recorded.filter((command) => !feeding.has(command));
  if (printing.length === 0 && !/^(?:\$\(|`)\s*(?:\)|`)$/.test(part.text)) return undefined;
  let text = '';
  for (const command of printing) {
    const printed = command.occurrence === 'runs' ? knownOutput(command, output) : undefined;
    if (printed === undefined) return undefined;
    text += printed;
  }
  return text.replace(/\n+$/, '');
}

/** A mark for the output: the same question gives the same answer, unless it asks for something new each time. */
export function outputName(text: string, recorded: readonly RunCommand[], freshMark: (name: string) => string): string {
  const temporary = recorded.find((command) => command.name === 'mktemp');
  if (temporary) {
    const template = temporary.words.find((word) => !word.text.startsWith('-'))?.value;
    const folder = template?.startsWith('/') ? template.replace(/\/[^/]*$/, '') : '/tmp';
    return `${folder}/${freshMark('mktemp')}`;
  }
  if (/\b(?:date|random|uuid)/i.test(text)) return freshMark(text);
  const asked = recorded.map((command) =>
    [command.name, ...command.words.map((word) => word.value ?? word.standIn)].join(' '),
  );
  return standInFor(`${text} ${asked.join(';')}`);
}
