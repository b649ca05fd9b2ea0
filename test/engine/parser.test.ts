/** Instructions, stages and line ranges of the report are those of the engine's parser. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Report } from '../../server/src/report/types';
import type { Engine } from './engine.mjs';
import { askEngine, type EngineView, type Line } from './engine-parser';
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

function corpusCases(): ParserCase[] {
  if (!fs.existsSync(CORPUS)) return [];
  const names = fs.readdirSync(CORPUS, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /(^|[./])dockerfile($|[./])/i.test(name.replaceAll('\\', '/')) && !name.endsWith('.dockerignore'))
    .filter((name) => fs.statSync(path.join(CORPUS, name)).isFile() && !/\.(json|md|txt)$/.test(name))
    .sort()
    .map((name) => ({ name: `corpus/${name}`, text: fs.readFileSync(path.join(CORPUS, name), 'latin1') }));
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

test('instructions, stages and lines are those of the engine', async (context) => {
  const cases = [...corpusCases(), ...PARSER_CASES];
  const failures: string[] = [];
  let refused = 0;
  let compared = 0;
  for (const [index, { name, text }] of cases.entries()) {
    const latin = name.startsWith('corpus/') ? text : Buffer.from(text, 'utf8').toString('latin1');
    const own = path.join(folder, `report-${index}`);
    const asked = path.join(folder, `engine-${index}`);
    for (const made of [own, asked]) fs.mkdirSync(made);
    fs.writeFileSync(path.join(own, 'Dockerfile'), latin, 'latin1');
    const [view, report] = await Promise.all([
      askEngine(engine, tags, asked, latin),
      analyze([path.join(own, 'Dockerfile'), '--offline', '--baseline', 'none']),
    ]);
    if (typeof view === 'string') {
      refused++;
      const reason = /ERROR: (.*)/.exec(view)?.[1] ?? view;
      if (!report.findings.some((finding) => finding.severity === 'error'))
        failures.push(`${name}: the engine refuses it (${reason}), the report has no error`);
      continue;
    }
    compared++;
    const different = difference(view, report);
    if (different) failures.push(`${name}: ${different}`);
    const errors = report.findings.filter((finding) => finding.severity === 'error');
    if (!different && errors.length > 0)
      failures.push(`${name}: the engine accepts it, the report has the error "${errors[0]?.message}"`);
  }
  const agree = cases.length - failures.length;
  context.diagnostic(
    `${agree} of ${cases.length} Dockerfiles agree with the engine (${compared} accepted, ${refused} refused by it)`,
  );
  console.log(`parser: ${agree} of ${cases.length} agree`);
  assert.ok(cases.length >= 60, `only ${cases.length} Dockerfiles to compare`);
  assert.deepEqual(failures, []);
});
