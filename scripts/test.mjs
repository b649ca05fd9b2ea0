// @ts-check
// Everything that needs neither an editor nor an engine: node scripts/test.mjs
// The steps run one after the other and the first that fails ends the run.
import { join } from 'node:path';
import { formatDuration, root, runNode } from './steps.mjs';

const bin = join(root, 'node_modules');
/** @type {readonly { name: string, args: readonly string[] }[]} */
const steps = [
  { name: 'build', args: ['scripts/build.mjs'] },
  { name: 'lint', args: [join(bin, '@biomejs/biome/bin/biome'), 'check', '.'] },
  { name: 'types', args: [join(bin, 'typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'boundaries', args: ['scripts/boundaries.mjs'] },
  { name: 'unit and protocol tests', args: ['scripts/run-tests.mjs', 'unit', 'protocol'] },
];

const started = performance.now();
for (const [index, step] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${step.name}`);
  const begun = performance.now();
  const { code } = await runNode(step.args);
  const time = formatDuration(performance.now() - begun);
  if (code !== 0) {
    console.error(`\n✖ ${step.name} failed after ${time} (exit code ${code})`);
    process.exit(1);
  }
  console.log(`✔ ${step.name} in ${time}`);
}
console.log(`\n✔ all ${steps.length} steps in ${formatDuration(performance.now() - started)}`);
