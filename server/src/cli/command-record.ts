/** `strata record`: the cache keys of the present state, as if it had been built now. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { BuildRecord } from '../cache/types';
import { contentTree } from '../context/content-tree';
import { parseIgnoreFile } from '../context/ignore-file';
import type { ContextFacts } from '../context/types';
import { buildRecordOf } from '../facts/record-present';
import { t } from '../localize';
import { BadInput, type Outcome } from './failure';
import { checkTarget, gather, openFacts } from './gather';
import { type InputOptions, readInputs, withInputs } from './inputs';
import type { Terminal } from './terminal';

interface RecordOptions extends InputOptions {
  readonly output: string;
}

/** Adds the command to the program; `finish` takes what it ends with. */
export function addRecord(program: Command, terminal: Terminal, finish: (outcome: Outcome) => void): void {
  withInputs(
    program.command('record').description('write the cache keys of this state, as if it had been built now'),
    terminal.environment,
  )
    .requiredOption('--output <FILE>', 'record file; one that exists gains one more build')
    .action(async (dockerfile: string, options: RecordOptions) => {
      finish(await record(dockerfile, options, terminal));
    });
}

async function record(dockerfile: string, options: RecordOptions, terminal: Terminal): Promise<Outcome> {
  const inputs = await readInputs(dockerfile, options, terminal);
  const file = resolve(terminal.folder, options.output);
  const host = openFacts(inputs, { kind: 'record', file }, terminal);
  try {
    checkTarget(inputs, await gather(inputs, host, terminal));
    const made = await buildRecordOf(inputs.text, inputs.analysis, host);
    if (made.kind === 'failed') throw new BadInput(made.reason);
    const kept = await host.recordBuilt(made.value);
    if (kept.kind === 'failed') throw new BadInput(kept.reason);
    const { builds } = kept.value;
    terminal.say(builds === 1 ? t('{0} holds 1 build', file) : t('{0} holds {1} builds', file, builds));
    if (readByBuild(file, made.value, host.current().context, inputs.analysis.contextPath)) {
      terminal.say(t('the build reads {0} too, so writing it makes a step rebuild: name it in .dockerignore', file));
    }
    return { kind: 'done' };
  } finally {
    host.dispose();
  }
}

/** Whether the build copies or mounts a folder of the context that the file lies in, and the ignore file lets it through. */
function readByBuild(file: string, build: BuildRecord, context: ContextFacts, contextPath: string): boolean {
  const path = relative(contextPath, file).split(sep).join('/');
  if (path.startsWith('..') || isAbsolute(path) || context.state !== 'ready') return false;
  const folders = path.split('/').map((_, depth, names) => names.slice(0, depth).join('/'));
  const tree = contentTree(build.tree);
  if (!folders.some((folder) => tree.digest(folder) !== undefined)) return false;
  return !parseIgnoreFile(context.ignoreFile.text).matcher.matchAlone(path);
}
