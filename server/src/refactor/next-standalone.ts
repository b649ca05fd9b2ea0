/**
 * Next.js with `output: 'standalone'`: the build leaves a server with the files that it was seen to need in `.next/standalone`, and what
 * browsers fetch beside it. What has to be copied where, and how the server is told its address: vercel/next.js, `docs/…/output.mdx`
 * and `packages/next/src/build/utils.ts` (`writeStandaloneDirectory`).
 */
import type { BuildStage, BuildStep } from '../build/types';
import type { NodeProject } from './node-project';
import { cleanFolder, type NodeRoles } from './node-roles';
import { type Call, callsOf, withScripts } from './node-startup';
import type { RefactorContext } from './types';

export interface NextStandalone {
  /** Absolute in the builder stage, and as COPY names it below the project's folder. */
  readonly carried: readonly { readonly source: string; readonly destination: string }[];
  /** The container starts what it always started; else these words, in place of the instruction that started `next start`. */
  readonly start?: { readonly step: BuildStep; readonly words: readonly string[]; readonly environment: string };
}

const configurations = ['next.config.js', 'next.config.mjs', 'next.config.ts', 'next.config.cjs'];

/** Undefined where the build makes no such server, or where not all that it takes is known; `folder`: the project's, in the context. */
export function nextStandalone(
  context: RefactorContext,
  stage: BuildStage,
  roles: NodeRoles,
  project: NodeProject,
  folder: string,
): NextStandalone | undefined {
  const { manifest } = project;
  if (manifest === undefined || manifest.local || !manifest.dependencies.includes('next')) return undefined;
  if (cleanFolder(stage.finalState.workdir) !== roles.folder || !isBuilt(roles, manifest.scripts)) return undefined;
  const texts = configurations.flatMap((name) => {
    const text = context.readContextFile(folder === '' ? name : `${folder}/${name}`);
    return text === undefined || text === 'pending' ? [] : [text];
  });
  const [text] = texts;
  if (text === undefined || texts.length > 1 || !isStandalone(text)) return undefined;
  const starts = stage.steps.filter(({ instruction }) => /^(?:CMD|ENTRYPOINT)$/.test(instruction.keyword));
  const [step] = starts;
  if (step === undefined || starts.length > 1) return undefined;
  const { instruction } = step;
  if (instruction.keyword !== 'CMD' && instruction.keyword !== 'ENTRYPOINT') return undefined;
  const calls = callsOf(instruction.command);
  const [call] = calls;
  if (call === undefined || calls.length > 1) return undefined;
  const server = `${roles.folder}/.next/standalone`;
  if (call.program === 'node')
    return /^(?:\.\/)?\.next\/standalone\/server\.js$/.test(call.words[0] ?? '')
      ? { carried: [{ source: server, destination: './.next/standalone' }] }
      : undefined;
  const address = nextStart(call, manifest.scripts, project);
  // What a script after the build adds to `public` is not known to be there.
  const filled = manifest.scripts.postbuild !== undefined && !project.has('public');
  if (address === undefined || filled) return undefined;
  return {
    carried: [
      { source: server, destination: './' },
      { source: `${roles.folder}/.next/static`, destination: './.next/static' },
      ...(project.has('public') ? [{ source: `${roles.folder}/public`, destination: './public' }] : []),
    ],
    start: { step, words: ['node', 'server.js'], environment: address },
  };
}

/** A command builds with Next.js. */
function isBuilt(roles: NodeRoles, scripts: Readonly<Record<string, string>>): boolean {
  return roles.roles.some(({ step: { operation } }) => {
    if (operation.kind !== 'execute') return false;
    const text = operation.arguments.join(' ');
    const byScript = /\b(?:npm|pnpm|yarn)\b.*\bbuild\b/.test(text) && /\bnext build\b/.test(scripts.build ?? '');
    return byScript || /\bnext build\b/.test(text);
  });
}

/** The configuration says so whatever the environment, and moves nothing. */
function isStandalone(text: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
  return (
    /\boutput\s*:\s*(['"`])standalone\1(?=\s*(?:[,}]|as\b|$))/m.test(code) &&
    !/\b(?:distDir|outputFileTracingRoot|outputFileTracing)\b/.test(code)
  );
}

/**
 * Variables that tell the server the address which `next start` had, as an ENV has them; undefined when the container starts something
 * else, or when it is not known at which address. Docker sets HOSTNAME to the container's name, where the server would listen.
 */
function nextStart(
  call: Call,
  scripts: Readonly<Record<string, string>>,
  { manifest }: NodeProject,
): string | undefined {
  const all = withScripts(call, manifest, 3);
  const server = all.at(-1);
  const added = /^(?:npm|yarn|pnpm)$/.test(call.program) && scripts.start !== undefined && call.words.length > 2;
  if (server?.program.split('/').at(-1) !== 'next' || added) return undefined;
  if (all.some(({ program }) => !/^(?:npm|npx|yarn|pnpm|(?:.*\/)?next)$/.test(program))) return undefined;
  if (all.filter(({ program }) => program === 'next').length > 1) return undefined;
  const words = [...server.words];
  if (words.shift() !== 'start') return undefined;
  let host = '0.0.0.0';
  let port: string | undefined;
  while (words.length > 0) {
    const [, name, joined] = /^(-p|--port|-H|--hostname)(?:=(.*))?$/.exec(words.shift() ?? '') ?? [];
    const value = joined ?? words.shift();
    if (name === undefined || value === undefined) return undefined;
    if (name === '-H' || name === '--hostname') host = value;
    else if (!/^\$(?:PORT|\{PORT(?::-3000)?\})$/.test(value)) port = value;
  }
  if (!/^[\w.:-]+$/.test(host) || (port !== undefined && !/^\d{1,5}$/.test(port))) return undefined;
  return port === undefined ? `HOSTNAME=${host}` : `HOSTNAME=${host} PORT=${port}`;
}
