/** `strata analyze`: the report of a Dockerfile in one of four forms. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { t } from '../localize';
import type { FindingSeverity, Report } from '../report/types';
import type { Outcome } from './failure';
import { formatMarkdown } from './format-markdown';
import { formatSarif } from './format-sarif';
import { formatText } from './format-text';
import { checkBaseline, checkTarget, gather, openFacts, readBaseline } from './gather';
import { type InputOptions, readInputs, withInputs } from './inputs';
import type { Terminal } from './terminal';
import { judge, readSeverity, readSize } from './thresholds';
import { version } from './version';

const formats = ['text', 'json', 'markdown', 'sarif'] as const;
type Format = (typeof formats)[number];

interface AnalyzeOptions extends InputOptions {
  readonly baseline: string;
  readonly format: Format;
  readonly failOn?: FindingSeverity;
  readonly maxSize?: number;
}

/** Adds the command to the program; `finish` takes what it ends with. */
export function addAnalyze(program: Command, terminal: Terminal, finish: (outcome: Outcome) => void): void {
  withInputs(
    program.command('analyze').description('show the layers, sizes and cache status that a build would have'),
    terminal.environment,
  )
    .option('--baseline <WHAT>', 'compare with: auto, engine, git, git:REV, record:FILE or none', 'auto')
    .addOption(
      new Option('--format <FORMAT>', 'text, json (the report), markdown or sarif')
        .default('text')
        .argParser(readFormat),
    )
    .option(
      '--fail-on <SEVERITY>',
      'exit with 1 for findings of error, warning, information or hint and above',
      readSeverity,
    )
    .option('--max-size <SIZE>', 'exit with 1 when the image is larger, for example 200MB', readSize)
    .action(async (dockerfile: string, options: AnalyzeOptions) => {
      finish(await analyze(dockerfile, options, terminal));
    });
}

function readFormat(text: string): Format {
  const found = formats.find((format) => format === text);
  if (!found) throw new InvalidArgumentError(`One of ${formats.join(', ')} is expected.`);
  return found;
}

async function analyze(dockerfile: string, options: AnalyzeOptions, terminal: Terminal): Promise<Outcome> {
  const choice = readBaseline(options.baseline, terminal.folder);
  const inputs = await readInputs(dockerfile, options, terminal);
  const host = openFacts(inputs, choice, terminal);
  try {
    const report = await gather(inputs, host, terminal);
    checkTarget(inputs, report);
    checkBaseline(choice, host);
    await terminal.print(render(report, options.format, terminal));
    if (options.maxSize !== undefined && report.image.size.basis === 'unknown') {
      terminal.say(t('the size of the image is not known, so --max-size was compared with its lower bound only'));
    }
    return judge(report, options);
  } finally {
    host.dispose();
  }
}

function render(report: Report, format: Format, terminal: Terminal): string {
  switch (format) {
    case 'text':
      return formatText(report, terminal);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'markdown':
      return formatMarkdown(report, terminal.folder);
    case 'sarif':
      return formatSarif(report, terminal.folder, version);
    default:
      return format satisfies never;
  }
}
