/** `npm run corpus -- DIR…`: every check that needs no build on all Dockerfiles below the directories. */
import { stat } from 'node:fs/promises';
import { parseDockerfile } from '../../server/src/dockerfile/parse';
import { dump } from './buildkit-dump';
import { countUnknown } from './census';
import { type Checked, check } from './check';
import { readDockerfiles, readFiles } from './sources';

const PARSER_TESTS = 'frontend/dockerfile/parser/testfiles/';

interface Options {
  /** Print what is found wrong in each file. */
  readonly problems: boolean;
}

async function main(words: readonly string[]): Promise<void> {
  const options: Options = { problems: words.includes('--problems') };
  const directories = words.filter((word) => !word.startsWith('--'));
  if (directories.length === 0) {
    console.error(
      'usage: npm run corpus -- [--problems | --unknown [--lines]] DIR… (folders or bare git directories with Dockerfiles)',
    );
    process.exitCode = 2;
    return;
  }
  for (const directory of directories) {
    const found = await stat(directory).catch(() => undefined);
    if (!found?.isDirectory()) {
      console.error(`corpus: ${directory} is no directory`);
      process.exitCode = 2;
      return;
    }
  }
  if (words.includes('--unknown')) return countUnknown(directories, words.includes('--lines'));
  for (const directory of directories) await checkDirectory(directory, options);
}

async function checkDirectory(directory: string, options: Options): Promise<void> {
  const files = await readDockerfiles(directory);
  const table = new Map<string, Row>();
  const times: number[] = [];
  for (const { name, text } of files) {
    const checked = check(text);
    times.push(checked.time);
    const group = name.includes('/') ? name.slice(0, name.indexOf('/')) : '.';
    const row = table.get(group) ?? emptyRow();
    table.set(group, addFile(row, checked, text));
    for (const fault of checked.faults) console.log(`FAULT ${name}: ${fault}`);
    if (options.problems) {
      for (const { severity, code, range, parameters } of checked.dockerfile?.problems ?? []) {
        console.log(`${severity} ${name}:${range.start.line + 1}: ${code} ${parameters.join(', ')}`);
      }
    }
  }
  const total = [...table.values()].reduce(addRows, emptyRow());
  print([...[...table].sort(([a], [b]) => (a < b ? -1 : 1)), [`total of ${directory}`, total]]);
  times.sort((a, b) => a - b);
  console.log(
    `time per file: median ${time(times[times.length >> 1])}, 95th percentile ${time(times[Math.floor(times.length * 0.95)])}, slowest ${time(times.at(-1))}`,
  );
  if (total.faulty > 0) process.exitCode = 1;
  await compareWithBuildKit(directory);
}

interface Row {
  readonly files: number;
  readonly lines: number;
  readonly instructions: number;
  readonly stages: number;
  /** Files in which something would not build. */
  readonly withErrors: number;
  readonly faulty: number;
  /** Milliseconds. */
  readonly time: number;
}

function emptyRow(): Row {
  return { files: 0, lines: 0, instructions: 0, stages: 0, withErrors: 0, faulty: 0, time: 0 };
}

function addRows(a: Row, b: Row): Row {
  return {
    files: a.files + b.files,
    lines: a.lines + b.lines,
    instructions: a.instructions + b.instructions,
    stages: a.stages + b.stages,
    withErrors: a.withErrors + b.withErrors,
    faulty: a.faulty + b.faulty,
    time: a.time + b.time,
  };
}

function addFile(row: Row, checked: Checked, text: string): Row {
  const instructions = checked.dockerfile?.instructions ?? [];
  return addRows(row, {
    files: 1,
    lines: text.split('\n').length,
    instructions: instructions.length,
    stages: instructions.filter(({ keyword }) => keyword === 'FROM').length,
    withErrors: checked.dockerfile?.problems.some(({ severity }) => severity === 'error') ? 1 : 0,
    faulty: checked.faults.length > 0 ? 1 : 0,
    time: checked.time,
  });
}

function print(rows: readonly (readonly [string, Row])[]): void {
  const heads = ['', 'files', 'lines', 'instructions', 'stages', 'with errors', 'faults', 'time'];
  const cells = rows.map(([name, row]) => [
    name,
    ...[row.files, row.lines, row.instructions, row.stages, row.withErrors, row.faulty].map(String),
    time(row.time),
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((line) => line[column]?.length ?? 0)));
  for (const line of [heads, ...cells]) {
    console.log(line.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join('  '));
  }
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}

/** Holds our parse against the results that BuildKit keeps beside its parser's test files, where they are there. */
async function compareWithBuildKit(directory: string): Promise<void> {
  const files = await readFiles(directory, (path) => path.includes(PARSER_TESTS));
  let compared = 0;
  let agreed = 0;
  for (const [name, expected] of files) {
    if (!name.endsWith('/result')) continue;
    const text = files.get(name.replace(/result$/, 'Dockerfile'));
    if (text === undefined) continue;
    compared++;
    const actual = dump(parseDockerfile(text));
    if (actual === expected) {
      agreed++;
      continue;
    }
    const lines = expected.split('\n');
    const at = actual.split('\n').findIndex((line, index) => line !== lines[index]);
    console.log(`DIFFERS ${name}, line ${at + 1}\n  BuildKit: ${lines[at]}\n  here:     ${actual.split('\n')[at]}`);
  }
  if (compared > 0) console.log(`BuildKit's parser tests: ${agreed} of ${compared} agree`);
  if (agreed < compared) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
