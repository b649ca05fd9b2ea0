// @ts-check
// Random mutations of Dockerfiles through the analysis, random orders of refactorings, and random edit sequences through the
// language server:
//   npm run fuzz -- [--mutations N] [--edits N] [--refactorings N] [--seed N] [DIR…]
// The seed is printed; the same seed makes the same cases. Exit code 1 when something failed, 2 for bad usage.
import { runNode } from './steps.mjs';

const { code } = await runNode(['--import', 'tsx', 'test/fuzz/main.ts', ...process.argv.slice(2)]);
process.exitCode = code ?? 1;
