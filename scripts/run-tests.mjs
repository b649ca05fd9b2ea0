// @ts-check
// Runs the tests of the named folders of test/ with node:test: node scripts/run-tests.mjs unit protocol
// Arguments with a `--` in front go to Node (such as --test-name-pattern=…).
import { availableParallelism } from 'node:os';
import { globSync } from 'tinyglobby';
import { bundleTests } from './bundle-tests.mjs';
import { root, runNode } from './steps.mjs';
import { counted } from './test-reporter.mjs';

const folders = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
if (folders.length === 0) {
  console.error('usage: node scripts/run-tests.mjs FOLDER… (folders of test/, such as unit protocol)');
  process.exit(2);
}

const files = folders.flatMap((folder) => {
  // A path below test/ narrows the run to one folder or one file.
  const pattern = folder.endsWith('.ts') ? `test/${folder}` : `test/${folder}/**/*.test.ts`;
  const found = globSync(pattern, { cwd: root }).sort();
  if (found.length === 0) {
    console.error(`run-tests: no test file matches ${pattern}`);
    process.exitCode = 1;
  }
  return found;
});

if (files.length > 0) {
  // Node leaves one processor idle by default, which is half of a small machine.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const concurrency = major > 20 || minor >= 10 ? [`--test-concurrency=${availableParallelism()}`] : [];
  const reporter = new URL('./test-reporter.mjs', import.meta.url).href;
  const { code, output } = await runNode([
    ...['--enable-source-maps', '--test', '--test-reporter', reporter, '--test-reporter-destination', 'stdout'],
    ...concurrency,
    ...flags,
    ...(await bundleTests(files)),
  ]);
  const ran = counted(output, 'tests');
  if (ran === 0) console.error('run-tests: no test ran, which counts as a failure');
  if (code !== 0 || ran === 0) process.exitCode = 1;
}
