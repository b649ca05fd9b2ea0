// @ts-check
// Runs every check that needs no build on all Dockerfiles below the given folders (or bare git directories):
//   npm run corpus -- DIR…
// or tells how many RUN lines have no size, and which commands remain (needs npm run build):
//   npm run corpus -- --unknown DIR…
// Exit code 1 when something failed, 2 for bad usage.
import { runNode } from './steps.mjs';

const { code } = await runNode(['--import', 'tsx', 'test/corpus/main.ts', ...process.argv.slice(2)]);
process.exitCode = code ?? 1;
