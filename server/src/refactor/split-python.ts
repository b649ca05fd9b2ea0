/**
 * Split the Dockerfile of a Python application: packages are installed into a virtual environment in a builder stage, compilers stay there.
 *
 *     FROM python:3.12                              FROM python:3.12 AS builder
 *     WORKDIR /app                                  RUN python -m venv /opt/venv
 *     COPY requirements.txt ./                      ENV PATH=/opt/venv/bin:$PATH
 *     RUN pip install -r requirements.txt           WORKDIR /app
 *     COPY . .                                →     COPY requirements.txt ./
 *     CMD ["gunicorn", "app:app"]                   RUN pip install -r requirements.txt
 *
 *                                                   FROM python:3.12-slim
 *                                                   COPY --from=builder /opt/venv /opt/venv
 *                                                   ENV PATH=/opt/venv/bin:$PATH
 *                                                   WORKDIR /app
 *                                                   COPY . .
 *                                                   CMD ["gunicorn", "app:app"]
 */
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import { DocumentText } from './document';
import { offered } from './effect';
import { type PythonPlan, planPython } from './python-plan';
import { readPython } from './python-reading';
import { splitImageEffect } from './split-effect';
import { refusedSplit } from './split-refusal';
import { isOfficial, singleStage } from './split-stage';
import { builderName, StageText } from './split-text';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'split-python';

export const splitPython: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const single = singleStage(context, (reference) => isOfficial(reference, 'python'));
  if ('kind' in single) return refusedSplit(context, id, single);
  const reading = readPython(single);
  if (reading.kind !== 'reading') return refusedSplit(context, id, reading);
  const plan = planPython(reading);
  if (typeof plan === 'string') return refusedSplit(context, id, { kind: 'refused', reason: plan });
  if (plan === undefined) return { refactorings: [], refusals: [] };
  const { from, stage } = single;
  const last: BuildStep['instruction'] = stage.steps.at(-1)?.instruction ?? from;
  const range = { start: from.range.start, end: last.range.end };
  const edits = [{ range, newText: write(new DocumentText(context.dockerfile.text), plan) }];
  const proposal = {
    id: `${id}:${from.range.start.line + 1}`,
    title: t('Split into a build and a runtime stage'),
    kind: 'refactor.extract' as const,
    line: from.range.start.line + 1,
    endLine: last.range.end.line + 1,
    changesBehaviour: true,
    caution: plan.cautions.join(' '),
    edits,
  };
  const cache = t(
    'The builder stage is cached as the single stage was, and its files are copied anew only when they differ.',
  );
  const carried = plan.ownEnvironment ? [plan.folder, '/usr/local', '/usr/lib'] : [plan.folder];
  return {
    refactorings: [offered(context, proposal, cache, () => splitImageEffect(context, edits, carried))],
    refusals: [],
  };
}

function write(document: DocumentText, plan: PythonPlan): string {
  const stage = new StageText(document, plan.single.from, plan.steps);
  const { lineEnd } = document;
  const own = (line: string): string => lineEnd + line.replace(/^[A-Z]+/, (word) => stage.keyword(word));
  const path = `ENV PATH=${plan.folder}/bin:$PATH`;
  const head = plan.ownEnvironment ? [`RUN python -m venv ${plan.folder}`, path] : [];
  const builder = [
    stage.builderFrom(),
    ...head.map(own),
    ...plan.steps.map((placed, index) => (placed.builder ? stage.gap(index) + stage.textOf(placed) : '')),
  ].join('');
  const kept = plan.steps.filter(({ runtime }) => runtime !== 'no');
  const used = stage.argumentsUsed(kept);
  const packages = [...used.filter(({ step }) => step.instruction.keyword === 'ARG')];
  const carried = [`COPY --from=${builderName} ${plan.folder} ${plan.folder}`, ...(plan.ownEnvironment ? [path] : [])];
  const runtime = [
    stage.runtimeFrom(plan.base.written),
    ...packages.map((placed, index) => stage.runtimeLine(placed, index === 0)),
    ...(plan.packages === undefined ? [] : [own(`RUN ${plan.packages}`)]),
    ...carried.map(own),
    ...kept.map((placed) => stage.runtimeLine(placed, false)),
  ].join('');
  return `${builder}${lineEnd}${lineEnd}${runtime}`;
}
