/**
 * What the engine's parser says of a Dockerfile, without building it.
 *
 * `docker build --check` names an instruction and its lines only when it has something to say about it. So
 * the engine gets the file with every keyword in mixed case: its rule ConsistentInstructionCasing
 * (frontend/dockerfile/dockerfile2llb/convert.go, validateCommandCasing) then reports each instruction with
 * its lines. `--call=targets` gives the stages, `--call=outline` the arguments of the target.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Engine, Outcome } from './engine.mjs';

const KEYWORDS =
  'add|arg|cmd|copy|entrypoint|env|expose|from|healthcheck|label|maintainer|onbuild|run|shell|stopsignal|user|volume|workdir';
/** Enough for the deepest corpus file: each round tags one base image that the engine does not have. */
const ROUNDS = 30;

export interface Line {
  readonly instruction: string;
  readonly start: number;
  readonly end: number;
}

export interface EngineView {
  readonly instructions: readonly Line[];
  readonly stages: readonly { readonly name?: string; readonly line: number; readonly default: boolean }[];
  /** Lines of the ARG instructions that the target takes. */
  readonly argumentLines: readonly number[];
}

/**
 * The same file, line for line, in a form that this engine can check without a registry and comments on
 * everywhere: keywords in mixed case; no `syntax` and `check` directives (the first would fetch another
 * frontend), the `escape` directive moved up so that it still counts.
 */
function commentable(text: string): string {
  const all = text.replace(/^\u00EF\u00BB\u00BF|^\uFEFF/, '').split('\n');
  const isDirective = (line: string): boolean => /^#\s*(syntax|escape|check)\s*=/i.test(line);
  const count = all.findIndex((line) => !isDirective(line));
  const directives = all.slice(0, Math.max(count, 0));
  const escapes = directives.filter((line) => /^#\s*escape/i.test(line));
  const rest = directives.filter((line) => !/^#\s*escape/i.test(line)).map(() => '# directive');
  const keyword = new RegExp(`^(\\s*)(${KEYWORDS})(?=\\s+\\S)`, 'i');
  const body = all.slice(directives.length).map((line) =>
    line.replace(keyword, (_, space: string, word: string) => {
      return `${space}${word.charAt(0).toLowerCase()}${word.slice(1).toUpperCase()}`;
    }),
  );
  return [...escapes, ...rest, ...body].join('\n');
}

/** Runs `docker build` calls on a file; base images that the engine lacks become tags of busybox, which parsing does not mind. */
async function call(engine: Engine, tags: Set<string>, context: string, what: string): Promise<Outcome> {
  const file = path.join(context, 'Dockerfile');
  const tried = new Set<string>();
  for (let round = 0; ; round++) {
    const outcome = await engine.docker(['build', `--call=${what},format=json`, '-f', file, context], {
      allowFailure: true,
    });
    const missing = /failed to resolve source metadata for ([^\s]+?): /.exec(outcome.stderr)?.[1];
    if (outcome.code === 0 || missing === undefined || round === ROUNDS) return outcome;
    const name = missing.replace(/^docker\.io\/(library\/)?/, '');
    const text = fs.readFileSync(file, 'latin1');
    if (name.includes('@') || tried.has(name)) {
      // A tag cannot stand in for a digest or for another platform: leave them out of the engine's copy.
      const plain = text.replace(/^(\s*from\s+(--platform=\S+\s+)?\S+?)@sha256:[0-9a-f]+/gim, '$1');
      const anyPlatform = plain.replace(/^(\s*from\s+)--platform=\S+\s+/gim, '$1');
      if (anyPlatform === text) return outcome;
      fs.writeFileSync(file, anyPlatform, 'latin1');
    } else {
      if (!tags.has(name)) await engine.docker(['tag', 'busybox', name]);
      tags.add(name);
      tried.add(name);
    }
  }
}

interface Located {
  readonly location?: {
    readonly ranges?: readonly { readonly start: { line: number }; readonly end: { line: number } }[];
  };
}

function extent(at: Located): { start: number; end: number } {
  const ranges = at.location?.ranges ?? [];
  return {
    start: Math.min(...ranges.map((range) => range.start.line)),
    end: Math.max(...ranges.map((range) => range.end.line)),
  };
}

/**
 * What the engine says of a Dockerfile (bytes as latin1), read in an empty folder.
 * @param tags gains the names of base images that were made on the engine: the caller removes them.
 * @returns a string, the engine's message, when it refuses the file
 */
export async function askEngine(
  engine: Engine,
  tags: Set<string>,
  context: string,
  text: string,
): Promise<EngineView | string> {
  fs.writeFileSync(path.join(context, 'Dockerfile'), commentable(text), 'latin1');
  const checked = await call(engine, tags, context, 'check');
  // The check fails as well when it has only warnings, and then prints them.
  if (!checked.stdout.startsWith('{')) return checked.stderr;
  const check = JSON.parse(checked.stdout) as {
    warnings: ({ ruleName: string; detail: string } & Located)[] | null;
    buildError?: { message: string };
  };
  if (check.buildError) return check.buildError.message;
  const instructions = (check.warnings ?? []).flatMap((warning): Line[] => {
    const keyword = /^Command '(\w+)' should match the case/.exec(warning.detail)?.[1];
    if (warning.ruleName !== 'ConsistentInstructionCasing' || keyword === undefined) return [];
    return [{ instruction: keyword.toUpperCase(), ...extent(warning) }];
  });
  const [targets, outline] = [
    await call(engine, tags, context, 'targets'),
    await call(engine, tags, context, 'outline'),
  ];
  const stages = JSON.parse(targets.stdout) as { targets: ({ name?: string; default?: boolean } & Located)[] };
  const details = JSON.parse(outline.stdout) as { args?: Located[] };
  return {
    instructions: instructions.sort((a, b) => a.start - b.start),
    stages: stages.targets.map((stage) => ({
      ...(stage.name ? { name: stage.name } : {}),
      line: extent(stage).start,
      default: stage.default ?? false,
    })),
    argumentLines: (details.args ?? []).filter((arg) => arg.location).map((arg) => extent(arg).start),
  };
}
