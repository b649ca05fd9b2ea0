import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

/** Paths in a folder, and its own, that are opened or listed while `work` is done. */
export async function pathsGiven(
  test: TestContext,
  to: 'openSync' | 'readdirSync',
  folder: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const counting = test.mock.method(fs, to);
  syncBuiltinESMExports();
  await work();
  const paths = counting.mock.calls.map(({ arguments: [path] }) => String(path));
  counting.mock.restore();
  syncBuiltinESMExports();
  return paths.filter((path) => path.startsWith(folder));
}
