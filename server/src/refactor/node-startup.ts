/** How a container of a Node application starts, and what it needs for that. */
import type { BuildStage } from '../build/types';
import type { CommandLine } from '../dockerfile/types';
import { t } from '../localize';
import { readCommands } from '../shell/commands';
import { fullImageProgram } from './node-commands';
import { developmentPackageOf, type NodeManifest, scriptOf } from './node-project';

export interface Call {
  readonly program: string;
  readonly words: readonly string[];
}

export interface Startup {
  /** Programs that CMD, ENTRYPOINT and HEALTHCHECK run, those of `npm start` and the like included. */
  readonly programs: readonly string[];
  /** File that `node` runs directly, as written. */
  readonly entry?: string;
  /** Nothing says how the application starts. */
  readonly missing: boolean;
  /** Why the application can't start without development dependencies, localised. */
  readonly needsDevelopment?: string;
  /** A program that only the full Debian image has. */
  readonly needsFullImage?: string;
}

/**
 * Reads the startup of a stage; without a manifest scripts stay unread.
 * @param inScripts what shell scripts of the project call that the container starts
 */
export function readStartup(
  stage: BuildStage,
  manifest: NodeManifest | undefined,
  inScripts: readonly Call[] = [],
): Startup {
  const lines: CommandLine[] = [];
  for (const { instruction } of stage.steps) {
    if (instruction.keyword === 'CMD' || instruction.keyword === 'ENTRYPOINT') lines.push(instruction.command);
    if (instruction.keyword === 'HEALTHCHECK' && instruction.command) lines.push(instruction.command);
  }
  const starts = stage.steps.some(
    ({ instruction }) => instruction.keyword === 'CMD' || instruction.keyword === 'ENTRYPOINT',
  );
  const calls = [...lines.flatMap(callsOf), ...inScripts];
  const all = calls.flatMap((call) => withScripts(call, manifest, 3));
  const programs = all.map(({ program }) => program);
  const node = calls.find(({ program }) => program === 'node');
  const entry = node?.words.find((word) => !word.startsWith('-'));
  const needsFullImage = fullImageProgram(programs);
  const options = stage.finalState.environment.find(({ name }) => name === 'NODE_OPTIONS')?.value;
  const loading = options === undefined ? [] : [{ program: 'node', words: options.split(/\s+/) }];
  const needsDevelopment = developmentNeed([...all, ...loading], manifest);
  return {
    programs,
    ...(entry !== undefined && !node?.words[0]?.startsWith('-') && { entry }),
    missing: !starts,
    ...(needsDevelopment !== undefined && { needsDevelopment }),
    ...(needsFullImage !== undefined && { needsFullImage }),
  };
}

export function callsOf(line: CommandLine): Call[] {
  if (line.form === 'shell') return scriptCalls(line.script);
  const [program = '', option, script, ...rest] = line.arguments;
  if (/(?:^|\/)(?:ba|da|a)?sh$/.test(program) && option === '-c' && script !== undefined) return scriptCalls(script);
  return [{ program, words: [option, script, ...rest].filter((word) => word !== undefined) }];
}

export function scriptCalls(script: string): Call[] {
  return readCommands(script).commands.flatMap((command) => {
    const words = [command.name, ...command.arguments].flatMap((word) => (word ? [word.value ?? word.text] : []));
    // `exec node app.js` and `env A=1 node app.js` run node.
    while (/^(?:exec|env|command|cross-env|dumb-init|tini|--)$|^\w+=/.test(words[0] ?? '') && words.length > 1)
      words.shift();
    const [program, ...rest] = words;
    return program === undefined ? [] : [{ program, words: rest }];
  });
}

/** The call, and what it leads to: the programs of a script in `package.json`, the program that `npx` runs. */
export function withScripts(call: Call, manifest: NodeManifest | undefined, depth: number): Call[] {
  const plain = call.words.filter((word) => !word.startsWith('-'));
  const [first, second] = plain;
  if (depth === 0) return [call];
  if (/^(?:dumb-init|tini)$|\/(?:dumb-init|tini)$/.test(call.program) && first !== undefined) {
    const start = call.words.indexOf(first);
    return [call, ...withScripts({ program: first, words: call.words.slice(start + 1) }, manifest, depth - 1)];
  }
  if (call.program === 'npx' && first !== undefined) return [call, { program: first, words: plain.slice(1) }];
  const script = scriptName(call.program, first, second);
  const text = script === undefined ? undefined : scriptOf(manifest, script);
  if (text === undefined) {
    const runs = (call.program === 'yarn' || call.program === 'pnpm') && first !== undefined && script === first;
    return runs ? [call, { program: first, words: plain.slice(1) }] : [call];
  }
  // npm and the others run the scripts of these names around it (docs.npmjs.com: scripts, "Pre & Post Scripts").
  const around = [scriptOf(manifest, `pre${script}`), text, scriptOf(manifest, `post${script}`)];
  const inner = around.flatMap((each) => (each === undefined ? [] : scriptCalls(each)));
  return [call, ...inner.flatMap((each) => withScripts(each, manifest, depth - 1))];
}

export function scriptName(program: string, first: string | undefined, second: string | undefined): string | undefined {
  if (!/^(?:npm|yarn|pnpm)$/.test(program) || first === undefined) return undefined;
  if (/^(?:run|run-script|exec)$/.test(first)) return second;
  if (program === 'npm') return /^(?:start|test|stop|restart)$/.test(first) ? first : undefined;
  return first;
}

function developmentNeed(calls: readonly Call[], manifest: NodeManifest | undefined): string | undefined {
  for (const { program, words } of calls) {
    const script = scriptName(program, ...firstTwo(words));
    if (script !== undefined && /^(?:dev|develop|watch|(?:start|serve):(?:dev|watch).*|dev:.*)$/.test(script)) {
      return t('the container starts a development server ({0})', script);
    }
    if (/^(?:nodemon|ts-node|ts-node-dev|tsx|vite|webpack-dev-server)$/.test(program) && !manifest) {
      return t('the container runs {0}, which is usually a development dependency', program);
    }
    if (!manifest) continue;
    const loaded = words.flatMap((word, index) => {
      const glued = /^--(?:require|import|loader|experimental-loader)=(.+)$/.exec(word)?.[1];
      if (glued !== undefined) return [packageOf(glued)];
      const named = /^(?:-r|--require|--import|--loader|--experimental-loader)$/.test(words[index - 1] ?? '');
      return named ? [packageOf(word)] : [];
    });
    const installed = [program, ...words].flatMap(packageInPath);
    const missing = [program, ...loaded, ...installed]
      .map((name) => developmentPackageOf(name, manifest))
      .find((name) => name !== undefined);
    if (missing !== undefined) return t('the container runs {0}, a development dependency', missing);
  }
  return undefined;
}

/** The program or package that a path leads to: `node_modules/.bin/tsc`, `node_modules/typescript/bin/tsc`. */
function packageInPath(word: string): readonly string[] {
  const [, program, name] = /(?:^|\/)node_modules\/(?:\.bin\/([^/]+)|((?:@[^/]+\/)?[^/]+)\/)/.exec(word) ?? [];
  return [program ?? name].filter((each) => each !== undefined);
}

function firstTwo(words: readonly string[]): [string | undefined, string | undefined] {
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  return [first, second];
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
