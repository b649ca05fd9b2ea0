/** The ways in which Strata foretells a build, each asked about the same edit. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../server/src/report/types';
import type { Editor } from './editor';
import type { DrawnEdit } from './edits';
import { apiGet, run } from './engine.mjs';
import { inputsOf, type Program } from './program';
import { ReadyProgram } from './ready-program';

/** The server believes for so long what it knows of the engine's results (and a little more, for the clock). */
const KNOWLEDGE_AGES_MS = 4500;
/**
 * After a reading it rests for ten times as long as that took, but no longer than this (engine-history.ts: glance). It
 * reads more than a listing, and on a busy machine: twice over.
 */
const LONGEST_REST_MS = 10_000;
const REST_FACTOR = 40;

/** A tag that was moved is known to the server after so long. */
const BASE_NOTICED_MS = 4000;

export const MODE_NAMES = ['record', 'engine', 'server', 'git'] as const;
export type ModeName = (typeof MODE_NAMES)[number];

/** Where a program is built. */
export interface Workplace {
  /** Holds the context and the repository that the context is committed to. */
  readonly folder: string;
  readonly context: string;
  readonly socket: string;
}

export interface BuiltEdit {
  readonly program: Program;
  readonly edit?: DrawnEdit;
  readonly succeeded: boolean;
  /** Milliseconds since the epoch, before the build began. */
  readonly startedAt: number;
  /** Paths that changed after the build: a failing edit that was taken back. */
  readonly restored: readonly string[];
}

/** One way of foretelling. */
export interface Mode {
  readonly name: ModeName;
  /** A new program lies in the workplace and was never built. */
  open(workplace: Workplace, program: Program): Promise<void>;
  /** Undefined for an edit about which this mode can't and doesn't claim to know anything. */
  predict(edit: DrawnEdit, changed: readonly string[]): Promise<Report | undefined>;
  /** The build is over. */
  built(built: BuiltEdit): Promise<void>;
  /** A build that failed was taken back after that: the paths that changed. */
  restored?(program: Program, changed: readonly string[]): Promise<void>;
  /** The engine begins to build: what the next question needs can be started. */
  prepare?(): void;
  /** Nothing more is asked. */
  close?(): void;
}

function commandLine(workplace: Workplace, program: Program): string[] {
  return [path.join(workplace.context, program.dockerfile), ...inputsOf(program), '--socket', workplace.socket];
}

/** A mode that asks the command line program, each time in a process of its own. */
abstract class ProgramMode {
  protected readonly program: ReadyProgram;

  /** @param program another build of the command line program */
  constructor(program?: string) {
    this.program = new ReadyProgram(program);
  }

  prepare(): void {
    this.program.prepare();
  }

  close(): void {
    this.program.close();
  }
}

/** `strata record` after each build, `strata analyze --baseline record:FILE` before the next. */
export class RecordMode extends ProgramMode implements Mode {
  readonly name = 'record';
  #workplace: Workplace | undefined;
  #files = 0;
  #spoilt = false;

  get #file(): string {
    assert.ok(this.#workplace);
    return path.join(this.#workplace.folder, `builds-${this.#files}.json`);
  }

  async open(workplace: Workplace): Promise<void> {
    this.#workplace = workplace;
    this.#files = 0;
    this.#spoilt = false;
  }

  async predict(edit: DrawnEdit): Promise<Report | undefined> {
    // A record says what was built, not what the engine threw away or did not notice.
    if (edit.engine === 'prune everything') {
      this.#files += 1;
      return undefined;
    }
    if (edit.engine !== undefined || edit.disk.some((action) => action.kind === 'keep times')) {
      this.#spoilt = true;
    }
    if (this.#spoilt) return undefined;
    assert.ok(this.#workplace);
    const args = [...commandLine(this.#workplace, edit.program), '--baseline', `record:${this.#file}`, '--offline'];
    return this.program.analyze(args);
  }

  async built({ program, succeeded }: BuiltEdit): Promise<void> {
    if (!succeeded) return;
    assert.ok(this.#workplace);
    const args = ['record', ...commandLine(this.#workplace, program), '--output', this.#file];
    const outcome = await this.program.run(args);
    assert.equal(outcome.code, 0, `strata record failed: ${outcome.stderr}`);
  }
}

/** `strata analyze --baseline engine`, which has the engine's history and the times of files and nothing else. */
export class EngineMode extends ProgramMode implements Mode {
  readonly name = 'engine';
  #workplace: Workplace | undefined;

  async open(workplace: Workplace): Promise<void> {
    this.#workplace = workplace;
  }

  async predict(edit: DrawnEdit): Promise<Report> {
    assert.ok(this.#workplace);
    return this.program.analyze([...commandLine(this.#workplace, edit.program), '--baseline', 'engine', '--offline']);
  }

  /** Nothing: the engine's own history is all there is. */
  built(): Promise<void> {
    return Promise.resolve();
  }
}

/** A language server that runs since before the first build. */
export class ServerMode implements Mode {
  readonly name = 'server';
  readonly #editor: Editor;
  #workplace: Workplace | undefined;
  /** What the base image's tag named when the server was last asked. */
  #base: Program['base'] = 'first';
  /** Builds that the server had not noticed when the next edit came. */
  missed = 0;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  async open(workplace: Workplace, program: Program): Promise<void> {
    this.#workplace = workplace;
    this.#base = program.base;
    await this.#show(program);
    await this.#editor.report();
  }

  async predict(edit: DrawnEdit, changed: readonly string[]): Promise<Report> {
    await this.#editor.fileEvents(changed);
    await this.#show(edit.program);
    const { base } = edit.program;
    // An engine that answers slowly is asked for its images after a rest (facts/engine.ts).
    if (this.#base !== base) await sleep(BASE_NOTICED_MS + 4 * (await this.#timeToList()));
    this.#base = base;
    if (edit.engine === undefined) return this.#editor.report();
    // Nobody tells of pruned results: the server looks again when it is asked and its knowledge has some age.
    const reading = await this.#timeToList();
    const patience = KNOWLEDGE_AGES_MS + Math.min(LONGEST_REST_MS, REST_FACTOR * reading) + 2 * reading;
    for (const begun = performance.now(); performance.now() - begun < patience; ) {
      await this.#editor.now();
      await sleep(500);
    }
    return this.#editor.report(1500);
  }

  async built({ program, startedAt, restored }: BuiltEdit): Promise<void> {
    if (!(await this.#editor.noticed(startedAt))) this.missed += 1;
    if (restored.length > 0) await this.restored(program, restored);
  }

  async restored(program: Program, changed: readonly string[]): Promise<void> {
    await this.#editor.fileEvents(changed);
    await this.#show(program);
  }

  /** Milliseconds that the engine takes to list its results now. */
  async #timeToList(): Promise<number> {
    assert.ok(this.#workplace);
    const begun = performance.now();
    await apiGet(this.#workplace.socket, '/system/df?type=build-cache', 60_000);
    return performance.now() - begun;
  }

  async #show(program: Program): Promise<void> {
    assert.ok(this.#workplace);
    await this.#editor.configure({ target: program.target ?? '', buildArgs: program.args });
    await this.#editor.show(path.join(this.#workplace.context, program.dockerfile));
  }
}

/** Each build is committed, and `strata analyze --baseline git` compares with the last commit. */
export class GitMode extends ProgramMode implements Mode {
  readonly name = 'git';
  #workplace: Workplace | undefined;
  /** What the last commit was built with besides its files. */
  #committed = '';
  #spoilt = false;

  async open(workplace: Workplace): Promise<void> {
    this.#workplace = workplace;
    this.#committed = '';
    this.#spoilt = false;
    await this.#git('init', '-q');
  }

  async predict(edit: DrawnEdit): Promise<Report | undefined> {
    if (edit.disk.some((action) => action.kind === 'keep times')) this.#spoilt = true;
    // What the engine threw away no commit tells, and what nobody has asked for since is still missing after the next build.
    if (edit.engine !== undefined && edit.engine !== 'prune everything') this.#spoilt = true;
    // A commit holds files: it is taken for built with the same inputs.
    const sameInputs = this.#inputs(edit.program) === this.#committed;
    if (this.#spoilt || edit.engine !== undefined || !sameInputs) return undefined;
    assert.ok(this.#workplace);
    return this.program.analyze([...commandLine(this.#workplace, edit.program), '--baseline', 'git', '--offline']);
  }

  async built({ program, succeeded }: BuiltEdit): Promise<void> {
    if (!succeeded) return;
    assert.ok(this.#workplace);
    await this.#git('add', '-A', path.basename(this.#workplace.context));
    await this.#git('commit', '-q', '--allow-empty', '-m', 'built');
    this.#committed = this.#inputs(program);
  }

  #inputs(program: Program): string {
    return JSON.stringify([inputsOf(program), program.base, program.dockerfile]);
  }

  async #git(...args: string[]): Promise<void> {
    assert.ok(this.#workplace);
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'gc.auto=0'];
    await run('git', [...identity, '-C', this.#workplace.folder, ...args]);
  }
}
