// @ts-check
// Base images for builds without a registry: a static busybox, and stand-ins that bear the names of
// official images (same distribution, package manager settings, environment, user and entry point, so that
// real Dockerfiles build unchanged). What they are made of is kept as tar files in the cache folder.
//
//   node test/engine/bases.mjs [NAME…]     NAME is one of busybox, debian:bookworm-slim, node:20-slim, node:20 (these are
//                                          made by default), debian:trixie-slim

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { cacheFolder, debianMirrors, debootstrap } from './debian.mjs';
import { startEngine } from './engine.mjs';

/** @typedef {import('./engine.mjs').Engine} Engine */
/** @typedef {(line: string) => void} Log */

/** Part of every stand-in's comment and of its tar file's name: raise it when a recipe below changes. */
const RECIPE = 'stand-in 3';
const NODE_VERSION = '20.20.2';
const NPM_VERSION = '10.8.2';
const YARN_VERSION = '1.22.22';

/** What most tests stand on; the recipes of others are carried out when they are asked for by name. */
export const ALL_BASES = ['busybox', 'debian:bookworm-slim', 'node:20-slim', 'node:20'];
const ON_DEMAND = ['debian:trixie-slim'];

function basesFolder() {
  const folder = path.join(cacheFolder(), 'bases', RECIPE.replace(' ', '-'));
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Gives the path of a cached file and makes it first when it is not there. The file appears whole or not at all.
 * @param {string} name
 * @param {(file: string, scratch: string) => Promise<void>} make
 */
async function cached(name, make) {
  const file = path.join(basesFolder(), name);
  if (fs.existsSync(file)) return file;
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'strata-base-'));
  const half = `${file}.${process.pid}`;
  try {
    await make(half, scratch);
    fs.renameSync(half, file);
  } finally {
    fs.rmSync(half, { force: true });
    await run('rm', ['-rf', '--one-file-system', scratch]);
  }
  return file;
}

/** @param {string} folder @param {string} file */
function pack(folder, file) {
  return run('tar', ['--sort=name', '--numeric-owner', '-C', folder, '-cf', file, '.']);
}

/** @param {string} folder @param {Record<string, string>} files path below the folder to content */
function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}

/** @param {Log} log */
function busyboxTar(log) {
  return cached('busybox.tar', async (file, scratch) => {
    log('making a busybox base');
    const download = () => run('apt-get', ['download', 'busybox-static'], { cwd: scratch });
    try {
      await download();
    } catch {
      await run('apt-get', ['update']);
      await download();
    }
    const package_ = fs.readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (package_ === undefined) throw new Error('apt-get download left no busybox-static package');
    const unpacked = path.join(scratch, 'package');
    await run('dpkg-deb', ['-x', path.join(scratch, package_), unpacked]);
    const root = path.join(scratch, 'root');
    for (const folder of ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'etc', 'tmp', 'root', 'home', 'var'])
      fs.mkdirSync(path.join(root, folder), { recursive: true });
    fs.chmodSync(path.join(root, 'tmp'), 0o1777);
    const binary = ['bin', 'usr/bin']
      .map((folder) => path.join(unpacked, folder, 'busybox'))
      .find((name) => fs.existsSync(name));
    if (binary === undefined) throw new Error('the busybox-static package holds no busybox');
    fs.copyFileSync(binary, path.join(root, 'bin/busybox'));
    fs.chmodSync(path.join(root, 'bin/busybox'), 0o755);
    const applets = (await run(path.join(root, 'bin/busybox'), ['--list-full'])).stdout;
    for (const applet of applets.split('\n').filter((name) => name && name !== 'bin/busybox')) {
      const link = path.join(root, applet);
      fs.mkdirSync(path.dirname(link), { recursive: true });
      if (!fs.existsSync(link)) fs.symlinkSync('/bin/busybox', link);
    }
    writeFiles(root, {
      'etc/passwd':
        'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
      'etc/group': 'root:x:0:\nbob:x:1000:\nnogroup:x:65534:\n',
    });
    await pack(root, file);
  });
}

/** What the official image's build adds to apt and dpkg (debuerreotype, `debuerreotype-minimizing-config`). */
const DEBIAN_FILES = {
  'etc/apt/apt.conf.d/docker-autoremove-suggests': 'Apt::AutoRemove::SuggestsImportant "false";\n',
  'etc/apt/apt.conf.d/docker-clean': [
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    '',
  ].join('\n'),
  'etc/apt/apt.conf.d/docker-gzip-indexes': 'Acquire::GzipIndexes "true";\n',
  'etc/apt/apt.conf.d/docker-no-languages': 'Acquire::Languages "none";\n',
  'etc/dpkg/dpkg.cfg.d/docker-apt-speedup': 'force-unsafe-io\n',
  'etc/dpkg/dpkg.cfg.d/docker': [
    ...['doc', 'groff', 'info', 'linda', 'lintian', 'locale', 'man'].map((name) => `path-exclude /usr/share/${name}/*`),
    'path-include /usr/share/doc/*/copyright',
    'path-include /usr/share/locale/locale.alias',
    '',
  ].join('\n'),
};

/** @param {'bookworm' | 'trixie'} suite @param {Log} log */
function debianTar(suite, log) {
  return cached(`debian-${suite}-slim-upgraded.tar`, async (file, scratch) => {
    log(`making a Debian ${suite} base (half a minute, once)`);
    const root = path.join(scratch, 'root');
    await debootstrap(suite, root, log);
    const { main, security } = await debianMirrors();
    const mirror = main.replace(/\/$/, '');
    const signed = 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg';
    const sources = [`Types: deb\nURIs: ${mirror}\nSuites: ${suite} ${suite}-updates\nComponents: main\n${signed}\n`];
    if (security !== undefined)
      sources.push(`Types: deb\nURIs: ${security}\nSuites: ${suite}-security\nComponents: main\n${signed}\n`);
    fs.rmSync(path.join(root, 'etc/apt/sources.list'), { force: true });
    writeFiles(root, {
      ...DEBIAN_FILES,
      'etc/apt/sources.list.d/debian.sources': sources.join('\n'),
      'usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n',
    });
    fs.chmodSync(path.join(root, 'usr/sbin/policy-rc.d'), 0o755);
    // A machine that reads a frozen mirror tells apt not to mind its age: so must the image.
    const settings = await run('apt-config', ['dump']);
    const checks = settings.stdout.split('\n').filter((line) => /^Acquire::Check-/.test(line));
    if (checks.length > 0) writeFiles(root, { 'etc/apt/apt.conf.d/00host': `${checks.join('\n')}\n` });
    // Official images are made with all updates of their day (debuerreotype, `examples/debian.sh`): else what is installed
    // on them would bring these along.
    const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } };
    await run('chroot', [root, 'apt-get', 'update'], quiet);
    await run('chroot', [root, 'apt-get', '-y', 'dist-upgrade'], quiet);
    await run('chroot', [root, 'apt-get', 'clean'], quiet);
    const drop = [
      'var/lib/apt/lists/*',
      'var/cache/apt/*',
      'var/cache/debconf/*-old',
      'var/cache/ldconfig/*',
      'var/lib/dpkg/*-old',
      'var/log/*',
      'usr/share/man/*',
      'usr/share/info/*',
      'usr/share/groff/*',
      'usr/share/lintian/*',
      'usr/share/linda/*',
      'etc/resolv.conf',
      'etc/hostname',
    ];
    const clean = [
      `cd '${root}'`,
      `rm -rf ${drop.join(' ')}`,
      'find usr/share/doc -type f ! -name copyright -delete',
      'find usr/share/doc -type l ! -name copyright -delete',
      'find usr/share/doc -mindepth 1 -type d -empty -delete',
      'find usr/share/locale -mindepth 1 ! -name locale.alias -delete',
      'mkdir -p var/lib/apt/lists/partial var/cache/apt/archives/partial var/log/apt',
    ];
    await run('sh', ['-ec', clean.join('\n')]);
    await pack(root, file);
  });
}

/** The certificates that this machine trusts beyond the usual ones, when npm here is told to use a file of its own. */
function ownCertificates() {
  const named = process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE;
  return named && fs.existsSync(named) ? fs.readFileSync(named) : undefined;
}

const ENTRYPOINT_SCRIPT = `#!/bin/sh
set -e

# An option, or a word that is no command, is meant for node.
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi

exec "$@"
`;

/** @param {Log} log */
function nodeTar(log) {
  return cached(`node-${NODE_VERSION}.tar`, async (file, scratch) => {
    log(`fetching Node ${NODE_VERSION} from the npm registry`);
    const machine = process.arch === 'arm64' ? 'arm64' : 'x64';
    const local = path.join(scratch, 'root', 'usr/local');
    /** @param {string} specifier @param {string} folder */
    const unpack = async (specifier, folder) => {
      const target = path.join(scratch, specifier.replace(/\W/g, '_'));
      fs.mkdirSync(target);
      await run('npm', ['pack', specifier, '--pack-destination', target], { cwd: scratch });
      const [archive] = fs.readdirSync(target);
      if (archive === undefined) throw new Error(`npm pack ${specifier} left nothing`);
      fs.mkdirSync(folder, { recursive: true });
      const options = ['--strip-components=1', '--no-same-owner', '-C', folder];
      await run('tar', ['-xzf', path.join(target, archive), ...options]);
    };
    await unpack(`node-linux-${machine}@${NODE_VERSION}`, local);
    fs.rmSync(path.join(local, 'package.json'), { force: true });
    await unpack(`npm@${NPM_VERSION}`, path.join(local, 'lib/node_modules/npm'));
    await unpack(`yarn@${YARN_VERSION}`, path.join(local, 'lib/node_modules/yarn'));
    const links = {
      npm: 'npm/bin/npm-cli.js',
      npx: 'npm/bin/npx-cli.js',
      yarn: 'yarn/bin/yarn.js',
      yarnpkg: 'yarn/bin/yarn.js',
    };
    for (const [name, target] of Object.entries(links)) {
      fs.chmodSync(path.join(local, 'lib/node_modules', target), 0o755);
      fs.symlinkSync(`../lib/node_modules/${target}`, path.join(local, 'bin', name));
    }
    fs.symlinkSync('node', path.join(local, 'bin/nodejs'));
    writeFiles(local, { 'bin/docker-entrypoint.sh': ENTRYPOINT_SCRIPT });
    fs.chmodSync(path.join(local, 'bin/node'), 0o755);
    fs.chmodSync(path.join(local, 'bin/docker-entrypoint.sh'), 0o755);
    const certificates = ownCertificates();
    if (certificates) {
      writeFiles(local, { 'etc/npmrc': 'cafile=/usr/local/etc/certificates.pem\n' });
      fs.writeFileSync(path.join(local, 'etc/certificates.pem'), certificates);
    }
    await run('chown', ['-R', '0:0', path.join(scratch, 'root')]);
    await pack(path.join(scratch, 'root'), file);
  });
}

/** @param {Engine} engine @param {string} name @returns {Promise<string | undefined>} the image's comment */
async function commentOf(engine, name) {
  const found = await engine.docker(
    ['image', 'inspect', name, '--format', '{{.Comment}}|{{index .Config.Labels "strata.recipe"}}'],
    { allowFailure: true },
  );
  return found.code === 0 ? found.stdout : undefined;
}

/** What marks an image as made by the recipe that is in force. @param {string} name */
function markOf(name) {
  switch (name) {
    case 'busybox':
      return RECIPE;
    case 'node:20':
      return `${RECIPE}, upgraded, documentation`;
    default:
      return `${RECIPE}, upgraded`;
  }
}

/** @param {Engine} engine @param {string} name @param {string} tar @param {string[]} changes */
async function importTar(engine, name, tar, changes) {
  const options = changes.flatMap((change) => ['--change', change]);
  await engine.docker(['import', '-m', markOf(name), ...options, '-', name], {
    input: fs.createReadStream(tar),
  });
}

/**
 * Node on the Debian base, as its official image has it; the full one adds what people most often take from it.
 * @param {Engine} engine @param {string} name @param {string} tar
 */
async function buildNode(engine, name, tar) {
  const context = fs.mkdtempSync(path.join(engine.shareFolder, 'base-'));
  try {
    fs.copyFileSync(tar, path.join(context, 'node.tar'));
    const extra = 'git curl ca-certificates python3-minimal make';
    const full = [
      // The image it stands for is made from Debian with its documentation: dpkg leaves out none.
      'RUN rm /etc/dpkg/dpkg.cfg.d/docker',
      'RUN apt-get update && \\',
      `    apt-get install -y --no-install-recommends ${extra} && \\`,
      '    rm -rf /var/lib/apt/lists/*',
    ];
    const dockerfile = [
      'FROM debian:bookworm-slim',
      ...(name === 'node:20' ? full : []),
      'RUN groupadd --gid 1000 node && \\',
      '    useradd --uid 1000 --gid node --shell /bin/bash --create-home node',
      `ENV NODE_VERSION=${NODE_VERSION}`,
      'ADD node.tar /',
      `ENV YARN_VERSION=${YARN_VERSION}`,
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["node"]',
      '',
    ];
    fs.writeFileSync(path.join(context, 'Dockerfile'), dockerfile.join('\n'));
    const options = ['--network=host', '--label', `strata.recipe=${markOf(name)}`, '-t', name];
    await engine.docker(['build', '--progress=plain', ...options, context]);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}

/**
 * Sees to it that the engine has the named base images. On an engine that was there already an image of
 * that name is used as it is, or pulled; the stand-in is the last resort.
 * @param {Engine} engine
 * @param {{names?: string[], log?: Log}} [options] default: all of ALL_BASES
 * @returns {Promise<void>} rejects when one cannot be had
 */
export async function ensureBases(engine, options = {}) {
  const log = options.log ?? (() => undefined);
  const wanted = options.names ?? ALL_BASES;
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} name */
  const ensure = async (name) => {
    if (done.has(name)) return;
    done.add(name);
    const comment = await commentOf(engine, name);
    if (comment !== undefined && (!engine.own || comment.includes(markOf(name)))) return;
    if (!engine.own) {
      const pulled = await engine.docker(['pull', '-q', name], { allowFailure: true });
      if (pulled.code === 0) return;
      log(`${name} cannot be pulled: a stand-in takes its name on this engine`);
    }
    const standard = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    switch (name) {
      case 'busybox':
        return importTar(engine, name, await busyboxTar(log), [standard, 'CMD ["sh"]']);
      case 'debian:bookworm-slim':
        return importTar(engine, name, await debianTar('bookworm', log), [standard, 'CMD ["bash"]']);
      case 'debian:trixie-slim':
        return importTar(engine, name, await debianTar('trixie', log), [standard, 'CMD ["bash"]']);
      case 'node:20':
      case 'node:20-slim': {
        const tar = await nodeTar(log);
        await ensure('debian:bookworm-slim');
        log(`building ${name}`);
        return buildNode(engine, name, tar);
      }
      default:
        throw new Error(`no recipe for the base image ${name}: known are ${[...ALL_BASES, ...ON_DEMAND].join(', ')}`);
    }
  };
  for (const name of wanted) await ensure(name);
}

/** @param {string[]} names */
async function main(names) {
  const log = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
  const engine = await startEngine({ log, byHand: true });
  await ensureBases(engine, { log, ...(names.length > 0 ? { names } : {}) });
  for (const name of names.length > 0 ? names : ALL_BASES) {
    const size = await engine.docker(['image', 'inspect', name, '--format', '{{.Size}}']);
    process.stdout.write(`${name}\t${size.stdout.trim()} bytes\n`);
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
