// @ts-check
// Makes strata.vsix, the file that VS Code installs: node scripts/package.mjs
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from './build.mjs';
import { formatBytes, root, runNode } from './steps.mjs';

/** Bytes without data of packages; a bigger package means that something got in that does not belong there. */
const limit = 3_000_000;
/** Bytes of the data. */
const dataLimit = 4_000_000;
const file = 'strata.vsix';

if (!(await build({ production: true }))) process.exit(1);
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
const { code } = await runNode([vsce, 'package', '--no-dependencies', '--out', file]);
if (code !== 0) {
  console.error(`package: vsce failed with exit code ${code}`);
  process.exit(1);
}
const folder = join(root, 'dist', 'data');
const contents = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
const data = contents.reduce((sum, { length }) => sum + length, 0);
// Indexes are packed already, and the package holds them byte by byte; tables it packs.
const packed = contents.reduce((sum, content) => sum + Math.min(content.length, deflateRawSync(content).length), 0);
const programs = statSync(join(root, file)).size - packed;
for (const [what, size, most] of /** @type {const} */ ([
  ['without data', programs, limit],
  ['of data', data, dataLimit],
])) {
  if (size <= most) continue;
  console.error(`package: ${file} has ${formatBytes(size)} ${what}, more than the ${formatBytes(most)} it may have`);
  process.exit(1);
}
console.log(
  `${file}: ${formatBytes(programs)} (limit ${formatBytes(limit)}) and ${formatBytes(data)} of data (limit ${formatBytes(dataLimit)}). Install it with: code --install-extension ${file}`,
);
