// @ts-check
// Makes strata.vsix, the file that VS Code installs: node scripts/package.mjs
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { formatBytes, root, runNode } from './steps.mjs';

/** Bytes; a bigger package means that something got in that does not belong there. */
const limit = 3_000_000;
const file = 'strata.vsix';

if (!(await build({ production: true }))) process.exit(1);
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
const { code } = await runNode([vsce, 'package', '--no-dependencies', '--out', file]);
if (code !== 0) {
  console.error(`package: vsce failed with exit code ${code}`);
  process.exit(1);
}
const { size } = statSync(join(root, file));
if (size > limit) {
  console.error(`package: ${file} has ${formatBytes(size)}, more than the ${formatBytes(limit)} it may have`);
  process.exit(1);
}
console.log(
  `${file}: ${formatBytes(size)} (limit ${formatBytes(limit)}). Install it with: code --install-extension ${file}`,
);
