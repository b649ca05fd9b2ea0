/** Analyses until nothing more can be learnt: facts lead to a report, the report asks for further facts. */
import { join, resolve } from 'node:path';
import { type BaselineChoice, describeChoice, parseBaselineChoice } from '../facts/baseline-choice';
import { systemClock } from '../facts/clock';
import { createFactsHost, type FactsHost } from '../facts/host';
import { t } from '../localize';
import { analyse } from '../report/analyse';
import type { Report } from '../report/types';
import { BadInput } from './failure';
import type { Inputs } from './inputs';
import { type Terminal, terminalLog } from './terminal';

/** More rounds than kinds of facts that lead to each other: image, then its ONBUILD, then digests, then archives. */
const maximumRounds = 12;
/** Instructions whose sizes the engine may have measured. */
const mayBeMeasured = /^\s*(?:ONBUILD\s+)?(?:RUN|ADD)\s/im;
/** Before this a progress line would only flicker. */
const patience = 300;

/** Opens facts for the inputs; the caller disposes of them. */
export function openFacts(inputs: Inputs, baseline: BaselineChoice, terminal: Terminal, asksOnce = false): FactsHost {
  return createFactsHost({
    dockerfilePath: inputs.analysis.dockerfilePath,
    contextPath: inputs.analysis.contextPath,
    trusted: true,
    offline: inputs.offline,
    ...(inputs.network !== undefined && { network: inputs.network }),
    engine: { enabled: true, ...(inputs.socket !== undefined && { socket: inputs.socket }) },
    baseline: describeChoice(baseline),
    workerPath: workerPath(),
    asksOnce,
    platform: inputs.analysis.platform,
    log: terminalLog(terminal),
    clock: systemClock,
  });
}

/** Beside the program when it is bundled; the source when it runs from there. */
function workerPath(): string {
  return join(__dirname, 'worker.js');
}

/**
 * The report with everything that this machine knows: asks again with better facts until nothing more becomes known.
 * Throws `BadInput` when the build context can't be read.
 */
export async function gather(inputs: Inputs, host: FactsHost, terminal: Terminal): Promise<Report> {
  const timer = setTimeout(() => terminal.progress(t('Reading {0} …', inputs.analysis.contextPath)), patience);
  // Read beside all else: the analysis would ask for it.
  if (mayBeMeasured.test(inputs.text)) host.request([{ kind: 'measurements' }]);
  try {
    await host.settled();
    let distinct: Report | undefined;
    /** Nothing more becomes known but what contents would tell. */
    let isAlone = false;
    for (let round = 1; ; round += 1) {
      const facts = host.current();
      if (facts.context.state === 'unavailable') throw new BadInput(facts.context.reason);
      const { report, needs } = analyse(inputs.text, inputs.analysis, facts);
      const assumed = facts.context.state === 'ready' ? facts.context.assumed : undefined;
      const contents = assumed === undefined ? [] : needs.filter(({ kind }) => kind === 'digests');
      if (contents.length === 0 && (needs.length === 0 || isAlone || round >= maximumRounds)) return report;
      // What both assumptions say is what contents would say.
      if (assumed === 'alike' && distinct !== undefined && sameReports(report, distinct)) return distinct;
      const others = isAlone || round >= maximumRounds ? [] : needs.filter((need) => !contents.includes(need));
      distinct = assumed === 'distinct' ? report : undefined;
      host.request(others.length > 0 ? others : contents);
      await host.settled();
      if (host.current() === facts && (contents.length === 0 || others.length === 0)) return report;
      // Something else may be asked for in vain as long as the program runs.
      isAlone = host.current() === facts;
    }
  } finally {
    clearTimeout(timer);
    terminal.progress('');
  }
}

function sameReports(left: Report, right: Report): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Reads `--baseline`, files relative to the folder. Throws `BadInput` when it is none of the forms. */
export function readBaseline(text: string, folder: string): BaselineChoice {
  const choice = parseBaselineChoice(text);
  if (choice?.kind === 'record' && choice.file !== undefined) return { ...choice, file: resolve(folder, choice.file) };
  if (choice) return choice;
  throw new BadInput(
    t('"{0}" is no baseline. One of auto, engine, git, git:REV, record:FILE or none is expected.', text),
  );
}

/** Throws `BadInput` when what the user named as baseline (a file, a revision) is not there. */
export function checkBaseline(choice: BaselineChoice, host: FactsHost): void {
  const { baseline } = host.current();
  if (baseline.kind !== 'none') return;
  const named = (choice.kind === 'record' && choice.file !== undefined) || (choice.kind === 'git' && choice.explicit);
  if (named) throw new BadInput(baseline.reason);
}

/** Throws `BadInput` when the target that was asked for is no stage. */
export function checkTarget(inputs: Inputs, report: Report): void {
  const { target, dockerfilePath } = inputs.analysis;
  if (target === undefined || report.stages.some((stage) => stage.target)) return;
  const names = report.stages.map((stage) => stage.name).filter((name) => name !== undefined);
  throw new BadInput(
    names.length === 0
      ? t('{0} has no stage "{1}": none of its stages has a name.', dockerfilePath, target)
      : t('{0} has no stage "{1}". It has: {2}', dockerfilePath, target, names.join(', ')),
  );
}
