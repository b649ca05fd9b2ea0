/** `npm run fuzz -- --mutations N --edits N --refactorings N --seed N [DIR…]`: random damage, typing and refactorings. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readDockerfiles } from '../corpus/sources';
import { playEdits } from './edits';
import { checkMutations } from './mutations';
import { foundScenes, ownScenes } from './refactor/sources';
import { walkRefactorings } from './refactor/walks';

const OWN_CORPUS = 'test/fixtures/corpus';
const SERVER = 'dist/server.js';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mutations: { type: 'string', default: '20000' },
      edits: { type: 'string', default: '20000' },
      refactorings: { type: 'string', default: '5000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    },
  });
  const [mutations, edits, refactorings, seed] = [values.mutations, values.edits, values.refactorings, values.seed].map(
    Number,
  );
  if (![mutations, edits, refactorings, seed].every(Number.isSafeInteger)) {
    console.error('usage: npm run fuzz -- [--mutations N] [--edits N] [--refactorings N] [--seed N] [DIR…]');
    process.exitCode = 2;
    return;
  }
  const directories = positionals.length === 0 ? [OWN_CORPUS] : positionals;
  const files = (await Promise.all(directories.map(readDockerfiles))).flat();
  // Long generated files would take all the time and teach nothing more.
  const texts = files.map(({ text }) => text).filter((text) => text.length < 20_000);
  if (texts.length === 0) {
    console.error(`fuzz: no Dockerfile below ${directories.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  console.log(`seed ${seed}, ${texts.length} Dockerfiles`);
  await fuzzTexts(texts, Number(mutations), Number(seed));
  await fuzzRefactorings(positionals, Number(refactorings), Number(seed));
  await fuzzServer(texts, Number(edits), Number(seed));
}

async function fuzzTexts(texts: readonly string[], count: number, seed: number): Promise<void> {
  if (count === 0) return;
  const { cases, failures, failed, slowest } = checkMutations(texts, count, seed, tell('mutations'));
  console.log(`${cases} mutations, ${failed} failures of ${failures.length} kinds, slowest ${Math.round(slowest)} ms`);
  for (const failure of failures) await keep('mutation', seed, failure);
}

/** Of the project's own files where no directory is named. */
async function fuzzRefactorings(directories: readonly string[], count: number, seed: number): Promise<void> {
  if (count === 0) return;
  const scenes = directories.length === 0 ? await ownScenes() : await foundScenes(directories);
  const result = walkRefactorings(scenes, count, seed, { progress: tell('walks of refactorings') });
  const applied = [...result.applied].sort(([, one], [, other]) => other - one);
  const steps = applied.reduce((sum, [, times]) => sum + times, 0);
  console.log(
    `${result.walks} walks of refactorings (${result.scenes} files drawn, ${steps} applied), ` +
      `${result.failed} failures of ${result.failures.length} kinds`,
  );
  console.log(`  ${applied.map(([rule, times]) => `${rule} ${times}`).join(', ')}`);
  for (const { number, scene, id, fault, text } of result.failures) {
    await keep('refactoring', seed, { number, fault: `${scene}, ${id}: ${fault}`, text });
  }
}

async function fuzzServer(texts: readonly string[], count: number, seed: number): Promise<void> {
  if (count === 0) return;
  if (!existsSync(SERVER)) {
    console.error(`fuzz: ${SERVER} is missing; run npm run build first`);
    process.exitCode = 2;
    return;
  }
  const folder = pathToFileURL(resolve('.cache/fuzz/workspace')).href;
  const result = await playEdits(
    [process.execPath, SERVER, '--stdio'],
    folder,
    texts,
    count,
    seed,
    tell('edit sequences'),
  );
  console.log(
    `${result.sequences} edit sequences (${result.edits} edits, ${result.answers} answers), ` +
      `${result.failed} failures of ${result.failures.length} kinds, slowest answer ${Math.round(result.slowest)} ms`,
  );
  for (const failure of result.failures) await keep('edits', seed, failure);
}

function tell(what: string): (done: number) => void {
  return (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} ${what} `);
    else if (done % 5000 === 0) console.error(`${done} ${what}`);
  };
}

async function keep(
  kind: string,
  seed: number,
  failure: { readonly number: number; readonly fault: string; readonly text: string },
): Promise<void> {
  process.exitCode = 1;
  await mkdir('.cache/fuzz', { recursive: true });
  const file = join('.cache/fuzz', `${kind}-${seed}-${failure.number}.Dockerfile`);
  await writeFile(file, failure.text);
  const shown = failure.text.length > 300 ? `${failure.text.slice(0, 300)}…` : failure.text;
  console.log(`FAILS ${kind} ${failure.number}: ${failure.fault}\n  ${JSON.stringify(shown)}\n  kept in ${file}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
