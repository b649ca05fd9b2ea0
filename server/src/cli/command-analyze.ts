/** `strata analyze`: the report of a Dockerfile in one of four forms. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { mostCommits } from '../facts/forecast-source';
import { t } from '../localize';
import type { FindingSeverity, Report } from '../report/types';
import { buildInputs } from '../report/understanding';
import { BadInput, type Outcome } from './failure';
import { checkBaseline, checkTarget, gather, openFacts, readBaseline } from './gather';
import { type InputOptions, type Inputs, readInputs, withInputs } from './inputs';
import { type Listing, listings } from './listings';
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
  readonly forecast?: number;
  readonly by?: Listing;
}

/** Commits that a forecast looks back on where none are named. */
const usualCommits = 50;

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
    .addOption(
      new Option(
        '--by <WHAT>',
        'list, largest first, what the image is made of (package or path) or what the build sends (context); text or json',
      ).argParser(readListing),
    )
    .option(
      '--fail-on <SEVERITY>',
      'exit with 1 for findings of error, warning, information or hint and above',
      readSeverity,
    )
    .option('--max-size <SIZE>', 'exit with 1 when the image is larger, for example 200MB', readSize)
    .addOption(
      new Option(
        '--forecast [COMMITS]',
        `tell in how many of the last commits each step would have stayed cached (default: ${usualCommits})`,
      ).argParser(readCommits),
    )
    .action(async (dockerfile: string, options: AnalyzeOptions) => {
      finish(await analyze(dockerfile, options, terminal));
    });
}

function readFormat(text: string): Format {
  const found = formats.find((format) => format === text);
  if (!found) throw new InvalidArgumentError(`One of ${formats.join(', ')} is expected.`);
  return found;
}

function readListing(text: string): Listing {
  const found = listings.find((listing) => listing === text);
  if (!found) throw new InvalidArgumentError(`One of ${listings.join(', ')} is expected.`);
  return found;
}

function readCommits(text: string): number {
  const commits = Number(text);
  if (!/^\d+$/.test(text) || commits < 1 || commits > mostCommits) {
    throw new InvalidArgumentError(`A number of commits from 1 to ${mostCommits} is expected.`);
  }
  return commits;
}

/** The words with a number behind a bare `--forecast`, so that the Dockerfile that may follow it is not taken for one. */
export function withForecastCommits(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) =>
    word !== '--forecast' || /^\d+$/.test(words[index + 1] ?? '') ? [word] : [word, String(usualCommits)],
  );
}

async function analyze(dockerfile: string, options: AnalyzeOptions, terminal: Terminal): Promise<Outcome> {
  if (options.by !== undefined && options.format !== 'text' && options.format !== 'json') {
    throw new BadInput(t('--by goes with --format text or json, not {0}.', options.format));
  }
  const choice = readBaseline(options.baseline, terminal.folder);
  const read = await readInputs(dockerfile, options, terminal);
  const inputs: Inputs = {
    ...read,
    analysis: {
      ...read.analysis,
      ...(options.forecast === undefined ? {} : { forecastCommits: options.forecast }),
      ...(options.by === 'package' ? { listedPackages: Number.POSITIVE_INFINITY } : {}),
    },
  };
  const host = openFacts(inputs, choice, terminal, true);
  try {
    // Begun at once, beside all that the first report needs.
    if (options.forecast !== undefined) {
      host.request([
        { kind: 'forecast', commits: options.forecast, build: buildInputs(inputs.analysis), triggers: {} },
      ]);
    }
    const report = await gather(inputs, host, terminal);
    checkTarget(inputs, report);
    checkBaseline(choice, host);
    const { forecast } = host.current();
    if (options.forecast !== undefined && forecast?.state === 'absent')
      terminal.say(t('no forecast: {0}', forecast.reason));
    await terminal.print(await render(report, options, terminal));
    if (options.maxSize !== undefined && report.image.size.basis === 'unknown') {
      terminal.say(t('the size of the image is not known, so --max-size was compared with its lower bound only'));
    }
    return judge(report, options);
  } finally {
    host.dispose();
  }
}

/** Loads what makes the form that is asked for, and no other. */
async function render(report: Report, { format, by }: AnalyzeOptions, terminal: Terminal): Promise<string> {
  if (by !== undefined) {
    const { largestAsJson, largestAsText } = await import('./format-largest');
    return format === 'json' ? largestAsJson(report, by) : largestAsText(report, by, terminal);
  }
  switch (format) {
    case 'text':
      return (await import('./format-text')).formatText(report, terminal);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'markdown':
      return (await import('./format-markdown')).formatMarkdown(report, terminal.folder);
    case 'sarif':
      return (await import('./format-sarif')).formatSarif(report, terminal.folder, version);
    default:
      return format satisfies never;
  }
}
