/** Instructions, stages and line ranges of the report are those of the engine's parser. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Report } from '../../server/src/report/types';
import type { Engine } from './engine.mjs';
import { askEngine, type EngineView, type Line } from './engine-parser';
import { ofTheDay } from './of-the-day';
import { PARSER_CASES, type ParserCase } from './parser-cases';
import { analyze, makeFolder, openSession, REPOSITORY, removeFolder } from './session';

const CORPUS = path.join(REPOSITORY, 'test', 'fixtures', 'corpus');
let engine: Engine;
let folder: string;
const tags = new Set<string>();

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'parser');
});

after(async () => {
  if (tags.size > 0) await engine.docker(['rmi', ...tags], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

/** Dockerfiles of other projects to compare as well: a folder named by STRATA_PARSER_FILES. */
const OTHERS = process.env.STRATA_PARSER_FILES;

function casesBelow(folder: string, label: string): ParserCase[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /(^|[./])dockerfile($|[./])/i.test(name.replaceAll('\\', '/')) && !name.endsWith('.dockerignore'))
    .filter((name) => fs.statSync(path.join(folder, name)).isFile() && !/\.(json|md|txt)$/.test(name))
    .sort()
    .map((name) => ({ name: `${label}/${name}`, text: fs.readFileSync(path.join(folder, name), 'latin1') }));
}

function describeReport(report: Report): EngineView['instructions'] {
  return report.stages
    .flatMap((stage) => [
      { instruction: 'FROM', start: stage.line, end: 0 },
      ...stage.steps
        .filter((step) => step.origin !== 'onbuild')
        .map((step) => ({ instruction: step.instruction.toUpperCase(), start: step.line, end: step.endLine })),
    ])
    .sort((a, b) => a.start - b.start);
}

/** The first difference between the two views, or undefined. */
function difference(view: EngineView, report: Report): string | undefined {
  const ours = describeReport(report);
  const show = (line: Line | undefined): string => (line ? `${line.instruction} ${line.start}-${line.end}` : 'nothing');
  for (let i = 0; i < Math.max(ours.length, view.instructions.length); i++) {
    const theirs = view.instructions[i];
    const own = ours[i];
    // The report gives a stage's last line, not that of its FROM: there the first line is what can be compared.
    const end = own?.instruction === 'FROM' ? theirs?.end : own?.end;
    const same = theirs?.instruction === own?.instruction && theirs?.start === own?.start && theirs?.end === end;
    if (!same) return `instruction ${i + 1}: the engine has ${show(theirs)}, the report ${show(own)}`;
  }
  const stagesOf = (stages: readonly { name?: string; line: number }[]): string =>
    stages.map((stage) => `${(stage.name ?? '').toLowerCase()}@${stage.line}`).join(' ');
  if (stagesOf(view.stages) !== stagesOf(report.stages))
    return `stages: the engine has ${stagesOf(view.stages)}, the report ${stagesOf(report.stages)}`;
  const target = view.stages.findIndex((stage) => stage.default);
  const ownTarget = report.stages.findIndex((stage) => stage.target);
  if (target !== ownTarget) return `target: the engine builds stage ${target}, the report says ${ownTarget}`;
  const firstStage = view.stages[0]?.line ?? 0;
  const argumentsAt = new Set(ours.filter((line) => line.instruction === 'ARG').map((line) => line.start));
  const lost = view.argumentLines.find((line) => line > firstStage && !argumentsAt.has(line));
  return lost === undefined ? undefined : `the target's argument in line ${lost} is no ARG in the report`;
}

type Verdict =
  | { readonly kind: 'agrees'; readonly accepted: boolean }
  | { readonly kind: 'differs'; readonly how: string }
  /** A `syntax` directive names another frontend, whose flags the engine's own one does not know. */
  | { readonly kind: 'another frontend'; readonly reason: string };

async function judge(one: ParserCase, index: number): Promise<Verdict> {
  const bytes = Buffer.from(one.text, /^(corpus|others)\//.test(one.name) ? 'latin1' : 'utf8');
  const own = path.join(folder, `report-${index}`);
  const asked = path.join(folder, `engine-${index}`);
  for (const made of [own, asked]) fs.mkdirSync(made);
  fs.writeFileSync(path.join(own, 'Dockerfile'), bytes);
  const [view, report] = await Promise.all([
    askEngine(engine, tags, asked, bytes.toString('latin1')),
    analyze([path.join(own, 'Dockerfile'), '--offline', '--baseline', 'none']),
  ]);
  const errors = report.findings.filter((finding) => finding.severity === 'error');
  if (typeof view === 'string') {
    const reason = /ERROR: (.*)/.exec(view)?.[1] ?? view.trim().split('\n').at(-1) ?? '';
    if (/unknown flag/.test(reason) && /^#\s*syntax\s*=/i.test(one.text)) return { kind: 'another frontend', reason };
    // Newer frontends know the flag, so the report warns and leaves the rest as it is.
    const recent = /unknown flag/.test(reason) && report.findings.some((finding) => finding.code === 'recent-flag');
    if (errors.length > 0 || recent) return { kind: 'agrees', accepted: false };
    return { kind: 'differs', how: `the engine refuses it (${reason}), the report has no error` };
  }
  const how = difference(view, report);
  if (how !== undefined) return { kind: 'differs', how };
  if (errors.length === 0) return { kind: 'agrees', accepted: true };
  return { kind: 'differs', how: `the engine accepts it, the report has the error "${errors[0]?.message}"` };
}

test('instructions, stages and lines are those of the engine', { timeout: 15 * 60_000 }, async () => {
  const others = OTHERS === undefined ? [] : casesBelow(path.resolve(OTHERS), 'others');
  const own = [...casesBelow(CORPUS, 'corpus'), ...PARSER_CASES];
  const cases = others.length > 0 ? [...own, ...others] : ofTheDay(own, 12, 'parser');
  const verdicts: { name: string; verdict: Verdict }[] = [];
  const waiting = cases.map((one, index) => ({ one, index }));
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      verdicts.push({ name: next.one.name, verdict: await judge(next.one, next.index) });
  };
  await Promise.all([worker(), worker(), worker()]);
  const failures: string[] = [];
  let accepted = 0;
  let refused = 0;
  for (const { name, verdict } of verdicts) {
    switch (verdict.kind) {
      case 'agrees':
        if (verdict.accepted) accepted++;
        else refused++;
        break;
      case 'differs':
        failures.push(`${name}: ${verdict.how}`);
        break;
      case 'another frontend':
        console.log(`parser: ${name} is for another frontend (${verdict.reason})`);
        break;
      default: {
        const never: never = verdict;
        throw new Error(`unknown verdict: ${JSON.stringify(never)}`);
      }
    }
  }
  const compared = accepted + refused + failures.length;
  console.log(
    `parser: ${accepted + refused} of ${compared} Dockerfiles agree with the engine (${accepted} it accepts, ${refused} it refuses)`,
  );
  assert.ok(own.length >= 60, `only ${own.length} Dockerfiles to compare`);
  // All but those for another frontend, which are few.
  assert.ok(compared >= cases.length * 0.8, `only ${compared} of ${cases.length} Dockerfiles compared`);
  assert.deepEqual(failures.sort(), []);
});
