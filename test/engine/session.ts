/** What every test against a real engine shares: the engine, build contexts on disk, and the program under test. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../server/src/report/types';
import { ensureBases } from './bases.mjs';
import { type Engine, type Outcome, run, startEngine } from './engine.mjs';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** STRATA_PROGRAM names another build of the program, such as an installed one. */
export const PROGRAM = process.env.STRATA_PROGRAM ?? path.join(REPOSITORY, 'dist', 'strata.js');

/** A file of a build context: text, or what else it is. */
export type Entry =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly bytes: Buffer }
  | { readonly link: string }
  | { readonly hardLink: string }
  | { readonly folder: true };

/** Starts (or joins) the engine and sees to the base images; progress goes to stderr. */
export async function openSession(bases: readonly string[]): Promise<Engine> {
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const engine = await startEngine({ log });
  await ensureBases(engine, { names: bases, log });
  return engine;
}

/** Makes an empty folder that the engine's client sees. The caller removes it. */
export function makeFolder(engine: Engine, name: string): string {
  return fs.mkdtempSync(path.join(engine.shareFolder, `${name}-`));
}

export function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Writes entries below a folder; hard links come last, so that what they name is there. */
export function writeContext(folder: string, entries: Readonly<Record<string, Entry>>): void {
  const later: [string, string][] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (typeof entry === 'string') fs.writeFileSync(file, entry);
    else if ('text' in entry) {
      fs.writeFileSync(file, entry.text);
      fs.chmodSync(file, entry.mode);
    } else if ('bytes' in entry) fs.writeFileSync(file, entry.bytes);
    else if ('link' in entry) fs.symlinkSync(entry.link, file);
    else if ('hardLink' in entry) later.push([path.join(folder, entry.hardLink), file]);
    else fs.mkdirSync(file, { recursive: true });
  }
  for (const [target, file] of later) fs.linkSync(target, file);
}

/** What a container of the image prints and how it ends, started as the image says. */
export async function outputOf(engine: Engine, image: string): Promise<string> {
  const { code, stdout, stderr } = await engine.docker(['run', '--rm', '--network=host', image], {
    allowFailure: true,
  });
  if (code !== 0) throw new Error(`a container of ${image} ends with ${code}: ${stderr}`);
  return stdout;
}

/** Runs the command line program, or another build of it. Its exit code is the caller's to judge. */
export function strata(args: readonly string[], program = PROGRAM): Promise<Outcome> {
  return run(process.execPath, [program, ...args], { allowFailure: true, timeoutMs: 60_000 });
}

/** `strata analyze --format json`; fails when the program prints no report. */
export async function analyze(args: readonly string[], program = PROGRAM): Promise<Report> {
  return readReport(args, await strata(['analyze', ...args, '--format', 'json'], program));
}

/** The report that `strata analyze` printed when it was called with these arguments; fails when it printed none. */
export function readReport(args: readonly string[], outcome: Outcome): Report {
  assert.equal(outcome.code, 0, `strata analyze ${args.join(' ')} ended with ${outcome.code}: ${outcome.stderr}`);
  return JSON.parse(outcome.stdout) as Report;
}

/** A step of a build as the engine reports it with `--progress=rawjson`. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly completed: boolean;
  readonly cached: boolean;
  /** Number of vertexes that it stands on or reads from. */
  readonly inputs: number;
  readonly error?: string;
}

/** Reads `--progress=rawjson`: later lines about a vertex replace earlier ones. */
export function readVertexes(rawjson: string): Vertex[] {
  const seen = new Map<string, Vertex>();
  for (const line of rawjson.split('\n')) {
    if (!line.startsWith('{"vertexes"')) continue;
    const parsed = JSON.parse(line) as {
      vertexes: {
        digest: string;
        name: string;
        inputs?: string[];
        completed?: string;
        cached?: boolean;
        error?: string;
      }[];
    };
    for (const vertex of parsed.vertexes) {
      const before = seen.get(vertex.digest);
      const error = vertex.error ?? before?.error;
      seen.set(vertex.digest, {
        digest: vertex.digest,
        name: vertex.name,
        completed: vertex.completed !== undefined || (before?.completed ?? false),
        cached: vertex.cached ?? before?.cached ?? false,
        inputs: vertex.inputs?.length ?? before?.inputs ?? 0,
        ...(error ? { error } : {}),
      });
    }
  }
  return [...seen.values()];
}
