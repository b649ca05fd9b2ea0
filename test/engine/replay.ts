/** A mismatch seen again in a program of its own, and made smaller while it stays. */
import type { Report } from '../../server/src/report/types';
import { BuildSite, type SiteSurroundings } from './build-site';
import { type ComparedStep, compareSteps, wrongness } from './comparison';
import { SHARED_CONTEXT_NAME } from './draw-program';
import type { Mismatch } from './edit-run';
import type { DrawnEdit } from './edits';
import type { Mode } from './modes';
import { type Program, renderDockerfile } from './program';
import { Random } from './random';

export interface Replayed {
  /** Steps that were foretold wrongly; empty when it takes more than these two states to see it. */
  readonly wrong: readonly ComparedStep[];
  readonly report: Report | undefined;
}

let replays = 0;

/** The same program on a base image of its own. */
function moved(program: Program, from: string, to: string): Program {
  return JSON.parse(JSON.stringify(program).replaceAll(from, to)) as Program;
}

/** Builds the state before, changes it, asks the mode, builds the state after. Undefined when the state before does not build. */
export async function replay(around: SiteSurroundings, mode: Mode, mismatch: Mismatch): Promise<Replayed | undefined> {
  const nonce = `${Date.now().toString(36)}-replay-${replays++}`;
  const isShared = mismatch.contextName === SHARED_CONTEXT_NAME;
  const contextName = isShared ? SHARED_CONTEXT_NAME : `${mismatch.contextName}-replay-${replays}`;
  const site = new BuildSite(around, nonce, mismatch.trigger, contextName);
  try {
    const before = moved(mismatch.before, mismatch.nonce, nonce);
    const program = moved(mismatch.after, mismatch.nonce, nonce);
    await site.apply(before);
    await mode.open(site.workplace, before);
    const first = await site.build(before);
    if (first.error !== undefined) return undefined;
    await mode.built({ program: before, succeeded: true, startedAt: first.startedAt, restored: [] });
    const { remote } = around;
    const edit: DrawnEdit = {
      random: new Random(1),
      program,
      remote,
      disk: mismatch.disk,
      ...(mismatch.engine === undefined ? {} : { engine: mismatch.engine }),
      what: mismatch.label,
    };
    const changed = await site.apply(program, before, mismatch.disk);
    await site.prune(edit.engine, edit.random);
    const report = await mode.predict(edit, changed);
    const built = await site.build(program);
    const compared = report === undefined ? [] : compareSteps(report, built.vertexes).compared;
    const shown = compared.filter(({ actual }) => built.error === undefined || actual !== 'not shown');
    return { wrong: shown.filter((step) => wrongness(step, false) !== undefined), report };
  } finally {
    await around.engine.docker(['rmi', '-f', ...site.images], { allowFailure: true });
    site.close();
  }
}

/** The mismatch without an instruction that both sides have; undefined when there is none at this place. */
function without(mismatch: Mismatch, stage: number, fromEnd: number): Mismatch | undefined {
  const [before, after] = [structuredClone(mismatch.before), structuredClone(mismatch.after)];
  const [one, other] = [before.stages[stage]?.instructions, after.stages[stage]?.instructions];
  const text = one?.at(-1 - fromEnd)?.text;
  if (one === undefined || other === undefined || text === undefined) return undefined;
  const index = other.findLastIndex((instruction) => instruction.text === text);
  if (index < 0) return undefined;
  one.splice(one.length - 1 - fromEnd, 1);
  other.splice(index, 1);
  return { ...mismatch, before, after };
}

/** Leaves out one instruction after the other as long as the mode stays wrong; at most so many builds of both sides. */
export async function shrink(
  around: SiteSurroundings,
  mode: Mode,
  mismatch: Mismatch,
  trials: number,
): Promise<{ readonly smallest: Mismatch; readonly last: Replayed } | undefined> {
  let last = await replay(around, mode, mismatch);
  if (last === undefined || last.wrong.length === 0) return undefined;
  let smallest = mismatch;
  let left = trials;
  for (let stage = smallest.before.stages.length - 1; stage >= 0; stage--) {
    for (let fromEnd = 0; left > 0; ) {
      const smaller = without(smallest, stage, fromEnd);
      if (smaller === undefined) {
        if (fromEnd >= (smallest.before.stages[stage]?.instructions.length ?? 0)) break;
        fromEnd += 1;
        continue;
      }
      left -= 1;
      const tried = await replay(around, mode, smaller);
      if (tried !== undefined && tried.wrong.length > 0) {
        smallest = smaller;
        last = tried;
      } else fromEnd += 1;
    }
  }
  return { smallest, last };
}

/** Both Dockerfiles as text, for a person. */
export function describeMismatch({ before, after, disk }: Mismatch): string {
  const inputs = (program: Program): string =>
    JSON.stringify({ args: program.args, target: program.target, base: program.base, dockerfile: program.dockerfile });
  const changedFiles = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])].filter(
    (name) => JSON.stringify(before.files[name]) !== JSON.stringify(after.files[name]),
  );
  return [
    `--- before ${inputs(before)}`,
    renderDockerfile(before),
    `--- after ${inputs(after)}`,
    renderDockerfile(after) === renderDockerfile(before) ? '(the same)' : renderDockerfile(after),
    `--- files that differ: ${changedFiles.join(' ')}; on disk: ${JSON.stringify(disk)}`,
    `ignore ${JSON.stringify([before.ignore, after.ignore, before.ownIgnore, after.ownIgnore])}; folder modes ${JSON.stringify([before.folderModes, after.folderModes])}`,
  ].join('\n');
}
