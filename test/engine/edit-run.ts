/** Programs drawn, built, changed, foretold and built again: one build for each edit serves all modes. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Report } from '../../server/src/report/types';
import { type BuildOutcome, BuildSite, type SiteSurroundings } from './build-site';
import { compareSteps, describeStep } from './comparison';
import { writeProgram } from './context-on-disk';
import { drawContextName, drawProgram, drawTrigger } from './draw-program';
import { type DrawnEdit, drawEdit } from './edits';
import type { Mode, ModeName } from './modes';
import { inputsOf, type Program, renderDockerfile } from './program';
import { Random } from './random';
import { removeFolder } from './session';
import { Tally } from './tally';

/** After so many edits another program is drawn; the last ones of a program are late edits. */
const EDITS_PER_PROGRAM = 12;
const LATE_EDITS = 2;
/** Seconds after which a phase before the first edit of a program is told of: whoever waits shall know for what. */
const SLOW_S = 20;
/** Share of failed builds that are taken back in the moment in which they fail. */
const HASTE = 0.25;
/** A regular expression: doubts for a reason that it matches are shown as they come. */
const DOUBTS = process.env.STRATA_DOUBTS === undefined ? undefined : new RegExp(process.env.STRATA_DOUBTS);
/** Share of programs before which the engine's history is emptied. */
const FORGETTING = 0.8;
/** Baseline that a mode's report has to name. */
const BASELINES: Readonly<Record<ModeName, Report['baseline']['kind']>> = {
  record: 'record',
  engine: 'engine',
  server: 'engine',
  git: 'git',
};

export interface Surroundings extends SiteSurroundings {
  readonly modes: readonly Mode[];
}

/** Milliseconds spent. */
export interface Timings {
  predicting: number;
  building: number;
  afterwards: number;
  firstBuilds: number;
}

/** All that a mismatch needs to be seen again: see `replay.ts`. */
export interface Mismatch {
  readonly modes: readonly ModeName[];
  readonly label: string;
  readonly nonce: string;
  readonly trigger: string;
  readonly contextName: string;
  /** What was done since the program was drawn. */
  readonly story: readonly string[];
  readonly before: Program;
  readonly after: Program;
  readonly disk: DrawnEdit['disk'];
  readonly engine?: DrawnEdit['engine'];
  /** What each mode foretold of each step, and what the engine did. */
  readonly answers: readonly Answers[];
  readonly folder: string;
}

export interface Answers {
  readonly mode: ModeName;
  readonly steps: readonly string[];
}

export class EditRun {
  readonly tallies: ReadonlyMap<ModeName, Tally>;
  readonly broken: string[] = [];
  readonly images: string[] = [];
  readonly mismatches: Mismatch[] = [];
  readonly timings: Timings = { predicting: 0, building: 0, afterwards: 0, firstBuilds: 0 };
  /** Edits that did not build and should have. */
  failures = 0;
  edits = 0;
  readonly #around: Surroundings;
  readonly #random: Random;
  readonly #seed: number;
  readonly #run = Date.now().toString(36);

  constructor(around: Surroundings, seed: number) {
    this.#around = around;
    this.#seed = seed;
    this.#random = new Random(seed);
    this.tallies = new Map(around.modes.map((mode) => [mode.name, new Tally()]));
  }

  /** Draws programs and edits until so many edits have been compared, or so many minutes have gone by. */
  async run(edits: number, minutes: number): Promise<void> {
    const begun = performance.now();
    for (let number = 0; this.edits < edits && performance.now() - begun < minutes * 60_000; number++) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      if (number % 5 === 4) process.stderr.write(`${this.edits} of ${edits} edits after ${seconds} s\n`);
      await this.#program(number, Math.min(EDITS_PER_PROGRAM, edits - this.edits));
    }
  }

  async #program(number: number, edits: number): Promise<void> {
    const { remote, modes } = this.#around;
    const nonce = `${this.#run}-${number}`;
    const trigger = drawTrigger(this.#random);
    const contextName = drawContextName(this.#random, nonce);
    const site = new BuildSite(this.#around, nonce, trigger, contextName);
    try {
      if (this.#random.chance(FORGETTING)) await this.#before('forgetting builds', () => site.forgetBuilds());
      const first = drawProgram(this.#random, { base: site.base.name, nonce, remote });
      await this.#before('making the base image', () => site.apply(first));
      for (const mode of modes) await this.#before(`opening ${mode.name}`, () => mode.open(site.workplace, first));
      const strangers = await this.#before('foretelling', () => this.#foretellFirst(first));
      const built = await this.#before('building', () => site.build(first));
      this.#judgeFirst(strangers, built, number);
      assert.equal(built.error, undefined, `the drawn Dockerfile does not build:\n${renderDockerfile(first)}`);
      const outcome = { program: first, succeeded: true, startedAt: built.startedAt, restored: [] };
      await this.#before('telling of the build', () => this.#tellBuilt(outcome));
      const past = [first];
      const story: string[] = [];
      let failedBefore = false;
      for (let index = 0; index < edits; index++) {
        const late = index >= EDITS_PER_PROGRAM - LATE_EDITS;
        const before = past.at(-1) ?? first;
        const edit = drawEdit(this.#random, past, remote, late);
        const label = `edit ${this.edits} of seed ${this.#seed} (${edit.what})`;
        story.push(edit.what);
        const { wrong, answers } = await this.#edit(site, past, edit, label, failedBefore);
        // What a failed build made before it stopped is no record's and no commit's knowledge.
        if (past.at(-1) === before && !edit.fails) failedBefore = true;
        if (wrong.length > 0)
          this.#keep({
            modes: wrong,
            label,
            nonce,
            trigger,
            contextName,
            story,
            before,
            after: edit.program,
            disk: edit.disk,
            ...(edit.engine === undefined ? {} : { engine: edit.engine }),
            answers,
          });
        this.edits += 1;
      }
    } finally {
      this.images.push(...site.images);
      site.close();
    }
  }

  /** A phase before the first edit of a program. */
  async #before<Value>(phase: string, work: () => Promise<Value>): Promise<Value> {
    const begun = performance.now();
    const value = await work();
    const took = performance.now() - begun;
    this.timings.firstBuilds += took;
    if (took > SLOW_S * 1000) console.log(`${phase} took ${(took / 1000).toFixed(0)} s, after ${this.edits} edits`);
    return value;
  }

  /** What those who know the engine's history say of a program that was never built. */
  async #foretellFirst(program: Program): Promise<readonly (readonly [ModeName, Report])[]> {
    const edit: DrawnEdit = {
      random: this.#random,
      program,
      remote: this.#around.remote,
      disk: [],
      what: 'first build',
    };
    const asked = this.#around.modes.filter(({ name }) => BASELINES[name] === 'engine');
    const answers = await Promise.all(
      asked.map(async (mode) => ({ name: mode.name, report: await mode.predict(edit, []) })),
    );
    return answers.flatMap(({ name, report }) => (report === undefined ? [] : [[name, report] as const]));
  }

  /** Nothing may be promised that was built elsewhere; that there is no record is as good an answer as any. */
  #judgeFirst(reports: readonly (readonly [ModeName, Report])[], built: BuildOutcome, number: number): void {
    for (const [mode, report] of reports) {
      for (const step of compareSteps(report, built.vertexes).compared) {
        if (step.predicted !== 'cached' || step.actual !== 'ran') continue;
        const label = `${mode}, first build of program ${number} of seed ${this.#seed}`;
        this.tallies.get(mode)?.wrongHits.push(`${label}, ${describeStep(step)}`);
      }
    }
  }

  /** One edit to its comparison; names the modes that were wrong. A state that builds is added to the past. */
  async #edit(
    site: BuildSite,
    past: Program[],
    edit: DrawnEdit,
    label: string,
    failedBefore: boolean,
  ): Promise<{ readonly wrong: readonly ModeName[]; readonly answers: readonly Answers[] }> {
    const { modes } = this.#around;
    const last = past.at(-1);
    assert.ok(last);
    const changed = await site.apply(edit.program, last, edit.disk);
    await site.prune(edit.engine, this.#random);

    const begun = performance.now();
    const reports = await Promise.all(
      modes.map(async (mode) => {
        const asked = performance.now();
        const report = await mode.predict(edit, changed);
        const tally = this.tallies.get(mode.name);
        if (tally !== undefined && report !== undefined) tally.milliseconds.push(performance.now() - asked);
        return report;
      }),
    );
    const predicted = performance.now();
    for (const mode of modes) mode.prepare?.();
    const built = await site.build(edit.program, edit.withoutCache);
    const done = performance.now();

    const wrong = modes.flatMap(({ name }, index) => {
      const report = reports[index];
      if (report === undefined || edit.withoutCache) return [];
      return this.#judge(name, report, built, label, failedBefore) ? [name] : [];
    });
    const succeeded = built.error === undefined;
    if (succeeded === (edit.fails === true)) {
      this.failures += 1;
      console.log(`${label} ${succeeded ? 'builds' : `does not build: ${built.error}`}`);
    }
    if (succeeded) past.push(edit.program);
    await this.#afterBuild(site, edit, last, succeeded, built.startedAt);
    this.timings.predicting += predicted - begun;
    this.timings.building += done - predicted;
    this.timings.afterwards += performance.now() - done;
    const answers = modes.flatMap(({ name }, index): Answers[] => {
      const report = reports[index];
      return report === undefined
        ? []
        : [{ mode: name, steps: compareSteps(report, built.vertexes).compared.map(describeStep) }];
    });
    return { wrong, answers };
  }

  /** A build that failed is taken back: usually by somebody who has seen it fail, now and then before anybody could look at the files. */
  async #afterBuild(
    site: BuildSite,
    edit: DrawnEdit,
    last: Program,
    succeeded: boolean,
    startedAt: number,
  ): Promise<void> {
    if (succeeded) {
      await this.#tellBuilt({ program: edit.program, edit, succeeded, startedAt, restored: [] });
      return;
    }
    const takeBack = () => site.apply(last, edit.program);
    const restored = this.#random.chance(HASTE) ? await takeBack() : [];
    await this.#tellBuilt({ program: last, edit, succeeded, startedAt, restored });
    if (restored.length > 0) return;
    const later = await takeBack();
    await Promise.all(this.#around.modes.map((mode) => mode.restored?.(last, later)));
  }

  async #tellBuilt(built: Parameters<Mode['built']>[0]): Promise<void> {
    await Promise.all(this.#around.modes.map((mode) => mode.built(built)));
  }

  #judge(mode: ModeName, report: Report, built: BuildOutcome, label: string, failedBefore: boolean): boolean {
    const tally = this.tallies.get(mode);
    assert.ok(tally);
    if (report.baseline.kind !== BASELINES[mode]) {
      tally.unavailable.push(`${label}: compared with ${report.baseline.kind} (${report.baseline.label})`);
      return false;
    }
    const { compared, problems } = compareSteps(report, built.vertexes);
    this.broken.push(...problems.map((problem) => `${mode}, ${label}: ${problem}`));
    tally.edits += 1;
    // The engine remembers failed builds too, so whoever asks it has no excuse.
    const excused = failedBefore && (mode === 'record' || mode === 'git');
    const tested = compared.filter(({ actual }) => built.error === undefined || actual !== 'not shown');
    for (const step of tested)
      if (step.predicted === 'may rebuild' && DOUBTS?.test(step.step.cache.reason))
        process.stderr.write(`${mode}, ${label}, ${describeStep(step)}\n`);
    return tested.filter((step) => tally.add(step, `${mode}, ${label}`, excused)).length > 0;
  }

  /** Keeps both sides of an edit for whoever looks into it. */
  #keep(mismatch: Omit<Mismatch, 'folder'>): void {
    const folder = path.join(os.tmpdir(), `strata-mismatch-${this.#seed}-${this.edits}`);
    removeFolder(folder);
    const { before, after } = mismatch;
    for (const [side, program] of Object.entries({ before, after })) {
      const context = path.join(folder, side);
      fs.mkdirSync(context, { recursive: true });
      writeProgram(context, program);
      fs.writeFileSync(path.join(folder, `${side}.inputs`), `${inputsOf(program).join(' ')}\n`);
    }
    fs.writeFileSync(path.join(folder, 'mismatch.json'), JSON.stringify(mismatch, null, 1));
    this.mismatches.push({ ...mismatch, folder });
    console.log(`kept ${folder}: ${mismatch.label}`);
    for (const mode of mismatch.modes) console.log(`  ${this.tallies.get(mode)?.latest.slice(0, 250)}`);
  }
}
