/** `strata refactor`: what could be written differently, with its effect, and the changed text. */
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../facts/errors';
import type { FactsHost } from '../facts/host';
import { replaceFile } from '../facts/replace-file';
import { t } from '../localize';
import { applyEdits, fixAll, titleWithEffect } from '../refactor';
import { analyse } from '../report/analyse';
import type { FileChange, Refactoring, Report } from '../report/types';
import { formatBytes } from '../size/format';
import { withoutControls } from './controls';
import { padTo } from './display-width';
import { BadInput, type Outcome } from './failure';
import { checkTarget, gather, openFacts } from './gather';
import { type InputOptions, type Inputs, readInputs, withInputs } from './inputs';
import type { Terminal } from './terminal';
import { pathFrom } from './wording';

interface RefactorOptions extends InputOptions {
  readonly list?: boolean;
  readonly apply?: string;
  readonly write?: boolean;
  readonly format: 'text' | 'json';
}

/** Names in place of a refactoring all those that cannot change what the image does. */
const fixAllId = 'fix-all';

/** What is shown or written. */
type Chosen = Pick<Refactoring, 'id' | 'title' | 'caution' | 'files'>;

/** Adds the command to the program; `finish` takes what it ends with. */
export function addRefactor(program: Command, terminal: Terminal, finish: (outcome: Outcome) => void): void {
  withInputs(
    program.command('refactor').description('list refactorings with their effect, or apply one'),
    terminal.environment,
  )
    .option('--list', 'list what is offered')
    .option(
      '--apply <ID>',
      'print the text with this refactoring applied; fix-all: with all that leave the image as it is',
    )
    .option('--write', 'with --apply: change the file instead of printing')
    .addOption(new Option('--format <FORMAT>', 'text or json').default('text').argParser(readFormat))
    .action(async (dockerfile: string, options: RefactorOptions) => {
      finish(await refactor(dockerfile, options, terminal));
    });
}

function readFormat(text: string): 'text' | 'json' {
  if (text !== 'text' && text !== 'json') throw new InvalidArgumentError('One of text, json is expected.');
  return text;
}

async function refactor(dockerfile: string, options: RefactorOptions, terminal: Terminal): Promise<Outcome> {
  const { apply, list } = options;
  if ((apply === undefined) === (list !== true)) {
    throw new BadInput(t('refactor needs either --list or --apply ID.'));
  }
  if (options.write === true && apply === undefined) throw new BadInput(t('--write needs --apply ID.'));
  const inputs = await readInputs(dockerfile, options, terminal);
  const host = openFacts(inputs, { kind: 'auto' }, terminal);
  try {
    const report = await gather(inputs, host, terminal);
    checkTarget(inputs, report);
    if (apply === undefined) {
      await terminal.print(options.format === 'json' ? listAsJson(report) : listAsText(report, terminal));
      return { kind: 'done' };
    }
    const chosen = apply === fixAllId ? everything(inputs, host) : find(report, apply);
    const text = 'text' in chosen ? chosen.text : applyEdits(inputs.text, chosen.edits);
    if ('text' in chosen) terminal.say(chosen.title);
    if (chosen.caution !== undefined) terminal.say(chosen.caution);
    if (options.write === true) await write(inputs, chosen, text, terminal);
    else await show(chosen, text, options.format, terminal);
    return { kind: 'done' };
  } finally {
    host.dispose();
  }
}

/** Everything that cannot change what the image does, one after another. */
function everything(inputs: Inputs, host: FactsHost): Chosen & { readonly text: string } {
  const facts = host.current();
  const { text, applied } = fixAll(inputs.text, (now) => analyse(now, inputs.analysis, facts).unchanging());
  return {
    id: fixAllId,
    title: applied.length === 0 ? t('Nothing to apply') : t('Applied: {0}', applied.join(', ')),
    text,
  };
}

function find(report: Report, id: string): Refactoring {
  const found = report.refactorings.find((each) => each.id === id);
  if (found) return found;
  const ids = report.refactorings.map((each) => each.id);
  throw new BadInput(
    ids.length === 0
      ? t('There is no refactoring "{0}": none is offered for {1}.', id, report.dockerfile)
      : t('There is no refactoring "{0}" for {1}. Offered: {2}', id, report.dockerfile, ids.join(', ')),
  );
}

function listAsJson(report: Report): string {
  const rows = report.refactorings.map(({ id, title, kind, line, endLine, effect, changesBehaviour }) => ({
    id,
    title,
    kind,
    line,
    endLine,
    effect,
    changesBehaviour,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function listAsText(report: Report, terminal: Terminal): string {
  const { colors, folder } = terminal;
  const place = pathFrom(folder, report.dockerfile);
  if (report.refactorings.length === 0) return `${t('No refactoring is offered for {0}.', place)}\n`;
  const width = Math.max(...report.refactorings.map(({ id }) => id.length));
  const lines = report.refactorings.flatMap((each) => {
    const title = `${colors.bold(padTo(withoutControls(each.id), width))}  ${place}:${each.line}  ${withoutControls(titleWithEffect(each))}`;
    const notes = [effectOf(each), each.effect.cache, each.caution].filter((note) => note !== undefined && note !== '');
    return [title, ...notes.map((note) => colors.dim(`${' '.repeat(width)}  ${withoutControls(note ?? '')}`))];
  });
  return `${lines.join('\n')}\n`;
}

function effectOf({ effect }: Refactoring): string {
  const { bytes, layers } = effect;
  if (layers === null) return `${sizeOf(bytes)} · ${t('layers: not known')}`;
  const count = layers > 0 ? `+${layers}` : String(layers).replace('-', '−');
  return `${sizeOf(bytes)} · ${t('layers: {0}', count)}`;
}

function sizeOf(bytes: Refactoring['effect']['bytes']): string {
  if (bytes === null) return t('size: not known');
  const { low, high } = bytes;
  if (low === null) return high < 0 ? t('size: at least {0}', signed(high)) : t('size: not known');
  return low === high ? t('size: {0}', signed(high)) : t('size: {0} to {1}', signed(low), signed(high));
}

function signed(bytes: number): string {
  return bytes > 0 ? `+${formatBytes(bytes)}` : formatBytes(bytes);
}

async function show(chosen: Chosen, text: string, format: 'text' | 'json', terminal: Terminal): Promise<void> {
  if (format === 'json') {
    const { id, title, files = [] } = chosen;
    await terminal.print(`${JSON.stringify({ id, title, text, files }, null, 2)}\n`);
    return;
  }
  for (const { path, text: content, before } of chosen.files ?? []) {
    if (before === undefined) terminal.say(t('with --write this would also make the file {0}', path));
    else {
      const lines = content
        .slice(before.length)
        .split(/\r?\n/)
        .filter((line) => line !== '');
      terminal.say(t('with --write this would add to {0}: {1}', path, lines.join(' ')));
    }
  }
  await terminal.print(text);
}

async function write(inputs: Inputs, chosen: Chosen, text: string, terminal: Terminal): Promise<void> {
  const { dockerfilePath, contextPath } = inputs.analysis;
  if (!inputs.faithful) {
    throw new BadInput(
      t(
        '{0} is not UTF-8 text in a file, so it was not changed. Leave out --write to see the new text.',
        dockerfilePath,
      ),
    );
  }
  const extra = (chosen.files ?? []).map((change) => ({
    ...change,
    // Where an ignore file that is there lies is known; a new file stays in the build context.
    path: change.before === undefined ? inContext(contextPath, change.path) : resolve(contextPath, change.path),
  }));
  let now = dockerfilePath;
  try {
    for (const change of extra) {
      now = change.path;
      await writeBeside(change);
    }
    now = dockerfilePath;
    // A Dockerfile that is a link stays one.
    if (text !== inputs.text) await replaceFile(await realpath(dockerfilePath), text);
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput(t("{0} can't be written: {1}", now, messageOf(error)));
  }
  const written = [...(text === inputs.text ? [] : [dockerfilePath]), ...extra.map(({ path }) => path)];
  for (const path of written) {
    terminal.say(t('wrote {0}', pathFrom(terminal.folder, path)));
  }
}

/** Makes a file, or adds to one that holds what the change was computed for; the bytes before stay as they are. */
async function writeBeside({ path, text, before }: FileChange): Promise<void> {
  if (before === undefined) {
    await mkdir(dirname(path), { recursive: true });
    // A file that is there already is somebody's work.
    await writeFile(path, text, { flag: 'wx' });
    return;
  }
  const file = await realpath(path);
  const bytes = await readFile(file);
  if (bytes.toString('utf8') !== before)
    throw new BadInput(t('{0} has changed meanwhile, so it was not written.', path));
  await replaceFile(file, [bytes, text.slice(before.length)]);
}

function inContext(contextPath: string, path: string): string {
  const full = resolve(contextPath, path);
  const short = relative(contextPath, full);
  if (short === '' || short.startsWith('..') || isAbsolute(short)) {
    throw new BadInput(t('{0} lies outside the build context.', path));
  }
  return full;
}
