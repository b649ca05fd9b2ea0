// @ts-check
// What the shipped data of packages takes until it can be asked: unpacked in a thread of its own, read where the analysis runs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { root } from '../../scripts/steps.mjs';
import { loadModules } from './modules.mjs';
import { percentile, workTime } from './statistics.mjs';

/**
 * Milliseconds for each file: `unpack` happens off the thread that answers, `read` on it. The quickest tenth of the rounds.
 * @param {number} rounds
 * @returns {Promise<{ total: number, files: readonly { name: string, unpack: number, read: number }[] }>} `total` in bytes
 */
export async function measureData(rounds) {
  const { openDistribution } = await loadModules(
    "export { openDistribution } from './server/src/packages/distribution-data';",
  );
  const folder = join(root, 'server', 'src', 'packages', 'data');
  let total = 0;
  const files = readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name));
    total += bytes.length;
    const packed = name.endsWith('.br');
    const unpacked = packed ? new Uint8Array(brotliDecompressSync(bytes)) : bytes;
    const unpacks = [];
    const reads = [];
    for (let round = 0; round < rounds; round++) {
      if (packed) unpacks.push(workTime(() => brotliDecompressSync(bytes)));
      reads.push(
        workTime(() => {
          if (!packed) return JSON.parse(readFileSync(join(folder, name), 'utf8'));
          if (openDistribution(unpacked)?.find('curl') === undefined) throw new Error(`${name} can not be read`);
        }),
      );
    }
    return { name, unpack: packed ? quickest(unpacks) : 0, read: quickest(reads) };
  });
  return { total, files };
}

/**
 * Rounds that waited for a core for longer than the clock tells have no time left.
 * @param {readonly number[]} times
 */
function quickest(times) {
  const counted = times.filter((time) => time > 0);
  return counted.length === 0 ? 0 : percentile(counted, 0.1);
}
