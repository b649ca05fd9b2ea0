/** The commands at the top of a script, one after the other, with what joins them: where something can be put in or taken out. */
import { type ParsedScript, type PipelineNode, parse, type Statement } from 'unbash';
import { readCommands, type ShellCommand, type Span } from './commands';
import { RecentReadings } from './recent';

export interface SequenceItem extends Span {
  /** What stands before it: nothing, `&&`, or the end of a statement (`;` or a line end). */
  readonly join: 'first' | '&&' | 'statement';
  /** The item when it is one simple command; absent for pipelines, lists with `||`, compound and background commands. */
  readonly command?: ShellCommand;
  /** Commands in it, in the order of execution; several in a pipeline, a loop, or a substitution. */
  readonly commands: readonly ShellCommand[];
}

/** Items of a Bourne-family script in order; empty when the script can't be read. */
export function readSequence(script: string): readonly SequenceItem[] {
  return recent.get(script);
}

const recent = new RecentReadings(readAnew);

function readAnew(script: string): readonly SequenceItem[] {
  const reading = readCommands(script);
  if (reading.problems.length > 0) return [];
  const tree: ParsedScript = parse(script);
  const items: SequenceItem[] = [];
  for (const statement of tree.commands) {
    for (const [index, node] of membersOf(statement).entries()) {
      const commands = reading.commands.filter(({ start, end }) => start >= node.pos && end <= node.end);
      const command = isSimple(statement, node)
        ? commands.find(({ start, end }) => start === node.pos && end === node.end)
        : undefined;
      items.push({
        start: node.pos,
        end: node.end,
        join: items.length === 0 ? 'first' : index > 0 ? '&&' : 'statement',
        ...(command && { command }),
        commands,
      });
    }
  }
  return items;
}

/** The members of a chain of nothing but `&&`; every other statement is one item. */
function membersOf(statement: Statement): readonly (Statement | PipelineNode)[] {
  const { command } = statement;
  if (statement.background || command.type !== 'AndOr') return [statement];
  return command.operators.every((operator) => operator === '&&') ? command.commands : [statement];
}

function isSimple(statement: Statement, node: Statement | PipelineNode): boolean {
  if (statement.background) return false;
  return node.type === 'Statement' ? node.command.type === 'Command' : node.type === 'Command';
}
