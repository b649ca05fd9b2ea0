// @ts-check
// Installs the dependencies when they are missing or differ from package-lock.json: node scripts/install.mjs
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration, isMain, npmProgram, root, run } from './steps.mjs';

const modules = join(root, 'node_modules');

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean }} LockedPackage
 */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined} undefined when the file is missing or not a lock file
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * What has to be installed, by npm's own note of what it installed. Times are not compared: a clone, a copy or a
 * restored cache sets them at will.
 * @returns {'nothing' | 'missing' | 'outdated'}
 */
export function needsInstall() {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  const locked = packagesOf(join(root, 'package-lock.json'));
  if (!installed) return 'missing';
  if (!locked) return 'nothing';
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (found ? found.version !== wanted.version : !wanted.optional && !wanted.devOptional && !wanted.peer) {
      return 'outdated';
    }
  }
  return 'nothing';
}

/**
 * Makes node_modules what package-lock.json says. With an older node_modules and no network, the old one stays.
 * @returns {Promise<boolean>} false when the project has no usable dependencies; the reason is on stderr
 */
export async function install() {
  const need = needsInstall();
  if (need === 'nothing') return true;
  const started = performance.now();
  const count = Object.keys(packagesOf(join(root, 'package-lock.json')) ?? {}).length;
  console.error(
    need === 'missing'
      ? `Installing ${count} packages (once; about a minute) …`
      : `package-lock.json changed: installing ${count} packages …`,
  );

  // npm ci deletes node_modules before it asks the network for anything.
  const previous = join(root, '.cache', 'node_modules.previous');
  rmSync(previous, { recursive: true, force: true });
  const kept = need === 'outdated' && existsSync(modules);
  if (kept) {
    mkdirSync(join(root, '.cache'), { recursive: true });
    renameSync(modules, previous);
  }

  const npm = npmProgram();
  const heartbeat = setInterval(() => {
    console.error(`  still installing, ${formatDuration(performance.now() - started)}`);
  }, 10_000);
  const { code, output } = await run(
    npm.program,
    [...npm.args, 'ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    { quiet: true },
  ).finally(() => clearInterval(heartbeat));

  if (code === 0) {
    rmSync(previous, { recursive: true, force: true });
    console.error(`Installed in ${formatDuration(performance.now() - started)}.`);
    return true;
  }
  console.error(output.trim());
  const offline = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED/.test(output);
  const cause = offline
    ? 'The package registry cannot be reached. Check the network or the `registry` and `proxy` settings of npm, then run this again.'
    : 'npm ci failed; its message is above.';
  if (kept) {
    rmSync(modules, { recursive: true, force: true });
    renameSync(previous, modules);
    console.error(`${cause}\nGoing on with the packages that were installed before.`);
    return true;
  }
  console.error(cause);
  return false;
}

if (isMain(import.meta.url) && !(await install())) process.exitCode = 1;
