/** Has the build context indexed while the program is still being loaded. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { keptDigestsFolder } from '../facts/cache-folder';
import { type BegunIndex, indexEarly, viewOf } from '../facts/early-index';

/** Options without a value; all others are followed by one. */
const switches: ReadonlySet<string> = new Set(['--offline', '--help', '-h']);

/** The Dockerfile and context that the words of `strata analyze` seem to mean. Where they mean others, time is lost and nothing else. */
function inputsIn(words: readonly string[]): { readonly dockerfile: string; readonly context: string | undefined } {
  let dockerfile = 'Dockerfile';
  let context: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) dockerfile = word;
    else if (word.startsWith('--context=')) context = word.slice('--context='.length);
    else if (!word.includes('=') && !switches.has(word)) {
      at += 1;
      if (word === '--context') context = words[at];
    }
  }
  return { dockerfile, context };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What is wrong with it is said by whoever reads it.
    return false;
  }
}

/** Begins with the context of an analysis. `words` are those of the command line; undefined when they ask for something else. */
export function beginIndex(
  [command, ...words]: readonly string[],
  folder: string,
  workerPath: string,
): BegunIndex | undefined {
  if (command !== 'analyze') return undefined;
  const { dockerfile, context } = inputsIn(words);
  if (dockerfile === '-' || words.includes('--help') || !existsSync(workerPath)) return undefined;
  const named = resolve(folder, dockerfile);
  const dockerfilePath = isDirectory(named) ? join(named, 'Dockerfile') : named;
  const contextPath = context === undefined ? dirname(dockerfilePath) : resolve(folder, context);
  return indexEarly(viewOf({ contextPath, dockerfilePath }), workerPath, keptDigestsFolder(undefined));
}
