// @ts-check
// Debian trees: the chroot that the Docker engine runs in, and what base images are made from.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';

const SUITE = 'forky';
const PACKAGES = ['docker.io', 'docker-cli', 'docker-buildx', 'ca-certificates', 'iptables', 'git', 'xz-utils', 'pigz'];

/** @returns {string} the machine-wide folder for what the tests download and set up */
export function cacheFolder() {
  if (process.env.STRATA_CACHE) return path.resolve(process.env.STRATA_CACHE);
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'strata-engine');
}

/** True when this process asks for an engine that keeps images in containerd (`STRATA_IMAGE_STORE=containerd`). */
export function wantsContainerdStore() {
  return process.env.STRATA_IMAGE_STORE === 'containerd';
}

/** Paths of everything that the engine of the cache folder keeps. The two image stores' engines share a Debian tree. */
export function places() {
  const base = path.join(cacheFolder(), 'engine');
  const store = wantsContainerdStore() ? '-containerd' : '';
  const runFolder = path.join(base, `run${store}`);
  return {
    base,
    root: path.join(base, 'root'),
    ready: path.join(base, 'root', 'etc', 'strata-ready'),
    run: runFolder,
    socket: path.join(runFolder, 'docker.sock'),
    pid: path.join(runFolder, 'engine.pid'),
    users: path.join(runFolder, 'users'),
    share: path.join(base, 'share'),
    lock: path.join(base, 'lock'),
    setupLog: path.join(base, 'setup.log'),
    engineLog: path.join(base, `dockerd${store}.log`),
    /** Inside the tree. */
    data: `/var/lib/docker${store}`,
  };
}

/** @param {string} name @param {(line: string) => void} log */
async function needPackage(name, log) {
  log(`installing ${name}`);
  const { setupLog } = places();
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run('apt-get', ['install', '-y', '--no-install-recommends', name], {
      env: environment,
      logFile: setupLog,
    });
  try {
    await install();
  } catch {
    await run('apt-get', ['update'], { env: environment, logFile: setupLog });
    await install();
  }
}

/** @returns {Promise<{main: string, security: string | undefined}>} the Debian mirrors that this machine's apt uses */
export async function debianMirrors() {
  const found = await run('apt-get', ['indextargets', '--format', '$(SITE)'], {
    allowFailure: true,
  });
  const sites = found.stdout.split('\n').filter((site) => /debian/.test(site));
  const main = sites.find((site) => !/security/.test(site));
  if (main === undefined) throw new Error('apt knows no Debian mirror: name one in its sources and run apt-get update');
  return { main, security: sites.find((site) => /security/.test(site)) };
}

/**
 * Makes a Debian tree.
 * @param {string} suite
 * @param {string} folder
 * @param {(line: string) => void} log
 */
export async function debootstrap(suite, folder, log) {
  const scripts = '/usr/share/debootstrap/scripts';
  if (!fs.existsSync(path.join(scripts, 'sid'))) await needPackage('debootstrap', log);
  const script = fs.existsSync(path.join(scripts, suite)) ? suite : 'sid';
  await run(
    'debootstrap',
    ['--variant=minbase', suite, folder, (await debianMirrors()).main, path.join(scripts, script)],
    {
      logFile: places().setupLog,
    },
  );
}

/**
 * Builds the chroot under another name and renames it when it is whole, so that an attempt that was
 * interrupted never passes for a finished one.
 * @param {(line: string) => void} log
 */
export async function ensureRoot(log) {
  const { base, root, ready, setupLog } = places();
  if (fs.existsSync(ready)) return;
  for (const name of fs.readdirSync(base)) {
    if (name === 'root' || name.startsWith('root.'))
      await run('rm', ['-rf', '--one-file-system', path.join(base, name)]);
  }
  const fresh = path.join(base, `root.${process.pid}`);
  log(`setting up Debian ${SUITE} for the Docker engine (about a minute, once)`);
  await debootstrap(SUITE, fresh, log);
  fs.copyFileSync('/etc/resolv.conf', path.join(fresh, 'etc/resolv.conf'));
  const settings = await run('apt-config', ['dump'], { allowFailure: true });
  const acquire = settings.stdout
    .split('\n')
    .filter((line) => /^Acquire::(Check-|Retries|https?|ForceIPv4|IndexTargets)/.test(line));
  fs.writeFileSync(path.join(fresh, 'etc/apt/apt.conf.d/00host'), `${acquire.join('\n')}\n`);
  // No service may start from a package's install script inside the chroot.
  fs.writeFileSync(path.join(fresh, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', {
    mode: 0o755,
  });
  const inside = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  log('installing Docker in it');
  await run('chroot', [fresh, 'apt-get', 'update'], { env: inside, logFile: setupLog });
  await run('chroot', [fresh, 'apt-get', 'install', '-y', '--no-install-recommends', ...PACKAGES], {
    env: inside,
    logFile: setupLog,
  });
  await run('chroot', [fresh, 'apt-get', 'clean'], { logFile: setupLog });
  fs.writeFileSync(path.join(fresh, 'etc', 'strata-ready'), `${SUITE}\n`);
  fs.renameSync(fresh, root);
}
