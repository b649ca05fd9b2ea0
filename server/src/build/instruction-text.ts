/** An instruction as one line for people. */
import type { Instruction } from '../dockerfile/types';

/** RUN, CMD, ENTRYPOINT, HEALTHCHECK, SHELL and ONBUILD are not expanded by the builder; the shell does that later. */
const unexpanded = new Set<Instruction['keyword']>([
  'RUN',
  'CMD',
  'ENTRYPOINT',
  'HEALTHCHECK',
  'SHELL',
  'ONBUILD',
  'ARG',
  'INVALID',
]);

/**
 * The logical line with blanks folded, variables expanded where the builder expands them (progress lines show the same; convert.go:
 * processCmdEnv), and the first heredoc line in brackets.
 */
export function instructionText(instruction: Instruction, expand: (text: string) => string): string {
  const { original } = instruction;
  const lineEnd = original.indexOf('\n');
  const firstLine = lineEnd < 0 ? original : original.slice(0, lineEnd);
  const line = unexpanded.has(instruction.keyword) ? firstLine : expand(firstLine);
  const folded = /\s\s|[^\S ]/.test(line) ? line.replace(/\s+/g, ' ').trim() : line.trim();
  const heredoc = instruction.heredocs[0];
  if (heredoc === undefined) return folded;
  const lines = heredoc.content.trim().split('\n');
  return `${folded} (${(lines[0] ?? '').trim()}${lines.length > 1 ? '…' : ''})`;
}
