/**
 * `npm run corpus -- --unknown DIR…`: how many RUN lines of Linux images have no size, with the shipped data alone (or with
 * indexes that are fetched: STRATA_CENSUS=live), and which commands remain. Each Dockerfile is analysed by the built program, with its folder (or its repository) as build context.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Report, Step } from '../../server/src/report/types';
import { readCommands } from '../../server/src/shell/commands';
import { findBareRepositories, readDockerfiles, type SourceFile } from './sources';

const run = promisify(execFile);
/** STRATA_PROGRAM names another build of the program. */
const PROGRAM = process.env.STRATA_PROGRAM ?? fileURLToPath(new URL('../../dist/strata.js', import.meta.url));
/** Shown of each list. */
const LIST_LENGTH = 40;

interface Tally {
  lines: number;
  unknown: number;
  /** Lines with a range that has an upper end. */
  bounded: number;
}

/** What names a Windows image or shell. */
const WINDOWS = /^#\s*escape\s*=\s*`|^FROM\s.*(?:nanoserver|servercore|windows)|^SHELL\s.*(?:powershell|pwsh|cmd)/im;

/** Templates that something else makes Dockerfiles of carry their name, and build nothing. */
const TEMPLATE = /\{\{[^}]*\}\}/;

/** The folder that is most likely the build context: the one that holds more of what COPY and ADD name. */
function contextOf(root: string, file: SourceFile): string {
  const own = join(root, dirname(file.name));
  const sources = [...file.text.matchAll(/^\s*(?:COPY|ADD)\s+(.*)$/gim)].flatMap(([, words = '']) =>
    words.includes('--from')
      ? []
      : words
          .split(/\s+/)
          .slice(0, -1)
          .filter((word) => /^[\w.][\w./-]*$/.test(word)),
  );
  const held = (folder: string): number => sources.filter((source) => existsSync(join(folder, source))).length;
  return held(root) > held(own) ? root : own;
}

async function analyse(root: string, file: SourceFile): Promise<Report | undefined> {
  const path = join(root, file.name);
  const offline = process.env.STRATA_CENSUS === 'live' ? [] : ['--offline'];
  const options = ['--context', contextOf(root, file), ...offline, '--baseline', 'none', '--format', 'json'];
  const words = [PROGRAM, 'analyze', path, ...options, '--socket', join(root, 'no-engine.sock')];
  try {
    const { stdout } = await run(process.execPath, words, { maxBuffer: 1 << 28, timeout: 120_000 });
    return JSON.parse(stdout) as Report;
  } catch {
    return undefined;
  }
}

/** Names of the commands of a RUN line, each once. */
function commandsOf(step: Step): readonly string[] {
  const script = step.text.replace(/^\s*RUN\s+(?:--\S+\s+)*/i, '');
  const names = readCommands(script).commands.flatMap(({ name }) => (name?.value === undefined ? [] : [name.value]));
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf('/') + 1)))];
}

/** A reason with what differs from line to line taken out. */
const kindOfReason = (sentence: string): string =>
  sentence
    .replaceAll(/https?:\/\/\S+/g, 'URL')
    .replaceAll(/\/\S+/g, 'PATH')
    .replaceAll(/\d+/g, 'N')
    .slice(0, 110);

class Census {
  readonly total: Tally = { lines: 0, unknown: 0, bounded: 0 };
  readonly groups = new Map<string, Tally>();
  readonly commands = new Map<string, number>();
  /** Programs that the report names as the reason. */
  readonly programs = new Map<string, number>();
  readonly reasons = new Map<string, number>();
  failed = 0;

  /** @param lines print each line without a size, and why */
  constructor(private readonly lines: boolean) {}

  add(group: string, file: string, base: string, step: Step): void {
    const of = this.groups.get(group) ?? { lines: 0, unknown: 0, bounded: 0 };
    this.groups.set(group, of);
    const unknown = step.size.bytes === null;
    for (const tally of [this.total, of]) {
      tally.lines++;
      if (unknown) tally.unknown++;
      if (step.size.high !== null) tally.bounded++;
    }
    if (!unknown) return;
    if (this.lines) {
      const text = step.text.replaceAll(/\s+/g, ' ').slice(0, 200);
      console.log(`${file}:${step.line} (${base}) ${text}\n    ${step.size.evidence.join('\n    ')}`);
    }
    for (const name of commandsOf(step)) this.commands.set(name, (this.commands.get(name) ?? 0) + 1);
    const programs = step.size.evidence.flatMap((sentence) => notUnderstood.exec(sentence)?.[1] ?? []);
    for (const name of new Set(programs)) this.programs.set(name, (this.programs.get(name) ?? 0) + 1);
    for (const reason of new Set(step.size.evidence.map(kindOfReason))) {
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
  }

  print(): void {
    const line = (name: string, { lines, unknown, bounded }: Tally): string =>
      `${name.padEnd(48)}${String(lines).padStart(7)}${String(unknown).padStart(9)}${percent(unknown, lines).padStart(9)}${percent(bounded, lines).padStart(10)}`;
    console.log(`${''.padEnd(48)}  lines  unknown    share   bounded`);
    for (const [name, tally] of [...this.groups].sort()) console.log(line(name, tally));
    console.log(line('all', this.total));
    if (this.failed > 0) console.log(`${this.failed} Dockerfiles could not be analysed`);
    printList('programs that are not known', this.programs);
    printList('commands in lines without a size', this.commands);
    printList('what is said of lines without a size', this.reasons);
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}

function printList(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`\n${title}, most frequent first:`);
  const sorted = [...counts].sort(([, one], [, other]) => other - one).slice(0, LIST_LENGTH);
  for (const [name, count] of sorted) console.log(`${String(count).padStart(6)}  ${name}`);
}

async function countRepository(census: Census, name: string, root: string): Promise<void> {
  const files = (await readDockerfiles(root)).filter(({ text }) => !WINDOWS.test(text) && !TEMPLATE.test(text));
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const report = await analyse(root, file);
      if (report === undefined) census.failed++;
      for (const stage of report?.stages ?? []) {
        if (stage.base.os?.toLowerCase().includes('windows')) continue;
        for (const step of stage.steps)
          if (step.instruction === 'RUN') census.add(name, file.name, stage.base.image, step);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

/** Puts the files of a repository's HEAD into `root`, but for those that a partial copy of it lacks. */
async function checkOut(repository: string, root: string): Promise<void> {
  const git = async (...words: readonly string[]): Promise<string> =>
    (await run('git', ['--git-dir', repository, ...words], { maxBuffer: 1 << 28 })).stdout;
  const objects = await git('rev-list', '--objects', '--no-walk', '--missing=print', 'HEAD');
  const missing = new Set(objects.split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : [])));
  const absent =
    missing.size === 0
      ? []
      : (await git('ls-tree', '-r', '-z', 'HEAD')).split('\0').flatMap((line) => {
          const [, id, path] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
          return id !== undefined && path !== undefined && missing.has(id) ? [`:(exclude,literal)${path}`] : [];
        });
  const archive = join(root, '.census.tar');
  await git('archive', '-o', archive, 'HEAD', '--', '.', ...absent);
  await run('tar', ['-xf', archive, '-C', root]);
  await rm(archive);
}

/** The program that a sentence says nothing is known of. */
const notUnderstood = /^What (\S+) writes is known/;

/**
 * Counts the RUN lines below the directories and prints the shares. Rejects when the program is not built.
 * @param lines print each line without a size, and why
 */
export async function countUnknown(directories: readonly string[], lines: boolean): Promise<void> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build makes it`);
  const census = new Census(lines);
  for (const directory of directories) {
    const repositories = await findBareRepositories(directory);
    if (repositories.length === 0) await countRepository(census, directory, directory);
    for (const { name, path } of repositories) {
      const root = await mkdtemp(join(tmpdir(), 'strata-census-'));
      try {
        await checkOut(path, root);
        await countRepository(census, repositories.length === 1 ? basename(directory) : name, root);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    }
  }
  census.print();
}
