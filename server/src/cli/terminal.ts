/** Where a command reads and writes: the process as a value, so that tests can stand in for it. */
import { text as readAll } from 'node:stream/consumers';
import { createColors } from 'picocolors';
import type { Log } from '../facts/ports';
import { withoutControls } from './controls';

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Columns that text output may use. */
  readonly width: number;
  readonly colors: ReturnType<typeof createColors>;
  /** What was asked for; nothing else goes there. */
  print(text: string): Promise<void>;
  /** One line for people, on stderr; the same line is said once. */
  say(line: string): void;
  /** A passing line on stderr while something takes long; only on a terminal. An empty one takes it away. */
  progress(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
}

/** Width where the output is no terminal, wide enough for the table with its reasons. */
const widthWithoutTerminal = 120;
const narrowest = 60;

/** The process itself. Colour as `NO_COLOR` and `FORCE_COLOR` say, else where the output is a terminal. */
export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  const columns = stdout.isTTY ? stdout.columns : Number.parseInt(env.COLUMNS ?? '', 10);
  let shown = false;
  const said = new Set<string>();
  const progress = (line: string): void => {
    if (!stderr.isTTY || (line === '' && !shown)) return;
    stderr.write(`\r\u001b[K${line}`);
    shown = line !== '';
  };
  return {
    environment: env,
    folder: process.cwd(),
    width: Math.max(narrowest, Number.isFinite(columns) && columns > 0 ? columns : widthWithoutTerminal),
    colors: createColors(wantsColor(env, stdout.isTTY)),
    print: (text) =>
      new Promise((resolve) => {
        stdout.write(text, () => resolve());
      }),
    say(line) {
      // The log and the error that ends a command may tell of the same thing.
      if (said.has(line)) return;
      said.add(line);
      progress('');
      stderr.write(`strata: ${withoutControls(line)}\n`);
    },
    progress,
    readInput: () => readAll(process.stdin),
  };
}

/**
 * https://no-color.org: set and not empty means no colour. `isTTY` of a pipe is undefined, which the library would take as leave to decide
 * by itself, and it colours wherever `CI` is set.
 */
export function wantsColor(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean | undefined,
): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR !== undefined) return environment.FORCE_COLOR !== '0';
  return isTerminal === true && environment.TERM !== 'dumb';
}

/** A log that tells people what they may want to act on. */
export function terminalLog(terminal: Terminal): Log {
  return { info: () => undefined, warn: (message) => terminal.say(message) };
}
