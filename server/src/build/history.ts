/** `created_by` texts of image history, as BuildKit writes them: the engine's measurements are found by them. */
import type { EnvironmentEntry } from './types';

/** Go's `%q` of one string, for the characters that Dockerfiles hold. */
function quote(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (character === '\n') quoted += '\\n';
    else if (character === '\t') quoted += '\\t';
    else if (character === '\r') quoted += '\\r';
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, '0')}`;
    else quoted += character;
  }
  return `${quoted}"`;
}

/** Go's `%q` of a list: `["a" "b"]`. */
export function quoteList(values: readonly string[]): string {
  return `[${values.map(quote).join(' ')}]`;
}

/** `RUN |2 A=1 B=2 /bin/sh -c …` without the ` # buildkit` (convert.go: runCommandString). */
export function runHistory(command: readonly string[], buildArguments: readonly EnvironmentEntry[]): string {
  const seen = new Map<string, string>();
  for (const { name, value } of buildArguments) seen.set(name, value);
  const prefix = seen.size === 0 ? [] : [`|${seen.size}`, ...[...seen].map(([name, value]) => `${name}=${value}`)];
  return ['RUN', ...prefix, ...command].join(' ');
}
