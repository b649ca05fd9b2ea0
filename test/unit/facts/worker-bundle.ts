import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The program of the worker threads in one file. */
export async function bundleWorker(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('../../../server/src/facts/worker.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    mainFields: ['module', 'main'],
  });
  return result.outputFiles[0]?.text ?? '';
}
