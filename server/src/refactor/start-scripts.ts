/** Shell scripts of the project that a container starts, and what they call. */
import type { BuildStage, BuildStep } from '../build/types';
import { containerStart, type StartCall, scriptCalls } from './container-start';
import { absolutePath, type CopiedPath, contextPathOf } from './split-stage';
import type { RefactorContext } from './types';

export interface StartScript {
  /** The CMD, ENTRYPOINT or HEALTHCHECK that starts it. */
  readonly step: BuildStep;
  readonly calls: readonly StartCall[];
}

/** Those that a COPY of the build context brings and that could be read; `pending` while one is being read. */
export function startScripts(
  { readContextFile }: RefactorContext,
  stage: BuildStage,
  copied: readonly CopiedPath[],
): readonly StartScript[] | 'pending' {
  const found: StartScript[] = [];
  for (const { step, calls } of containerStart(stage).lines) {
    for (const call of calls) {
      const byShell = /(?:^|\/)(?:ba|da|a)?sh$/.test(call.program);
      const named = byShell ? call.words.find((word) => !word.startsWith('-')) : call.program;
      for (const path of placesOf(named, stage.finalState.workdir)) {
        const source = contextPathOf(path, copied);
        const text = source === undefined ? undefined : readContextFile(source);
        if (text === 'pending') return 'pending';
        if (text === undefined || !(byShell || /^#!.*sh\b/.test(text))) continue;
        found.push({ step, calls: scriptCalls(text) });
        break;
      }
    }
  }
  return found;
}

/** Absolute paths that a program or script may have: a bare name is looked for where images put programs of their own. */
function placesOf(named: string | undefined, workdir: string): readonly string[] {
  if (named === undefined) return [];
  const here = absolutePath(named, workdir);
  const installed = named.includes('/') ? [] : [`/usr/local/bin/${named}`, `/usr/bin/${named}`, `/bin/${named}`];
  return here === undefined ? installed : [here, ...installed];
}
