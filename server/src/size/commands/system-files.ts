/** Tools that keep files of the system in order: libraries' cache, locales, certificates, alternatives, keys. */
import { t } from '../../localize';
import { addRanges, noBytes } from '../size-range';
import { between, smallOutput } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, within, wordValue } from './options';
import { appendTo } from './output';
import type { FileCommand } from './types';

/** ld.so.cache and ldconfig's own cache hold every library: on Debian's slim image 4.5 kB each, with a compiler 20 kB. */
export const libraryCache: FileCommand = {
  names: ['ldconfig'],
  act(_command, { files, system }) {
    if (system.distribution === 'alpine') return;
    for (const path of ['/etc/ld.so.cache', '/var/cache/ldconfig/aux-cache']) {
      const before = files.entryAt(path);
      files.write(
        path,
        'file',
        before?.kind === 'file' && before.size.bytes !== null ? before.size : between(4_500, 9_000, 40_000),
      );
    }
  },
};

/** glibc's archive of locales: about 3 MB for one UTF-8 locale, less for each further one. */
export const locales: FileCommand = {
  names: ['locale-gen', 'localedef'],
  act(command, { files, evidence }) {
    const archive = '/usr/lib/locale/locale-archive';
    const before = files.entryAt(archive);
    const apart = command.words.some((word) => wordValue(word) === '--no-archive');
    const one = between(2_900_000, 3_055_000, 3_400_000);
    files.write(
      apart ? '/usr/lib/locale' : archive,
      apart ? 'tree' : 'file',
      before?.kind === 'file' ? addRanges([before.size, between(300_000, 1_600_000, 3_000_000)]) : one,
      {
        label: t('locales'),
      },
    );
    evidence(t('What a compiled UTF-8 locale usually takes.'));
  },
};

const smallFiles: Readonly<Record<string, readonly string[]>> = {
  'update-locale': ['/etc/default/locale'],
  'update-mime-database': [],
  'update-rc.d': [],
  'debconf-set-selections': ['/var/cache/debconf/config.dat', '/var/cache/debconf/config.dat-old'],
  crontab: ['/var/spool/cron/crontabs/root'],
  'ssh-keygen': ['/root/.ssh/id_rsa'],
  a2enmod: [],
  a2ensite: [],
  rpmkeys: [],
};

export const settingsFiles: FileCommand = {
  names: Object.keys(smallFiles),
  act(command, { files }) {
    for (const path of (Object.hasOwn(smallFiles, command.name ?? '') ? smallFiles[command.name ?? ''] : undefined) ??
      []) {
      const before = files.entryAt(path);
      files.write(path, 'file', before?.kind === 'file' ? before.size : smallOutput);
    }
  },
};

/** Debian's bundle of authorities is one file; the rest are links. With nothing new it is written again all the same. */
export const certificates: FileCommand = {
  names: ['update-ca-certificates', 'update-ca-trust'],
  act(command, { files }) {
    const path =
      command.name === 'update-ca-trust' ? '/etc/pki/ca-trust/extracted' : '/etc/ssl/certs/ca-certificates.crt';
    const before = files.entryAt(path);
    const kind = command.name === 'update-ca-trust' ? 'tree' : 'file';
    const usual = kind === 'tree' ? between(900_000, 1_200_000, 1_700_000) : between(195_000, 217_000, 240_000);
    files.write(path, kind, before?.kind === 'file' && before.size.bytes !== null ? before.size : usual, {
      label: t('certificates'),
    });
  },
};

/** A link in /etc/alternatives, a line of state and a line of log. */
export const alternatives: FileCommand = {
  names: ['update-alternatives', 'alternatives'],
  act(command, surroundings) {
    const words = command.words.map(wordValue);
    const at = words.indexOf('--install');
    const name = words[at + 2] ?? words.at(-1) ?? 'name';
    const [linkPath = '', path = ''] = [words[at + 1], words[at + 3]];
    if (at >= 0) {
      // Mode, link and an empty line; then path and priority, and an empty line.
      const state = 5 + linkPath.length + 2 + path.length + 1 + (words[at + 4] ?? '').length + 2;
      surroundings.files.write(`/var/lib/dpkg/alternatives/${name}`, 'file', between(state - 8, state, state + 400));
    } else surroundings.files.write(`/var/lib/dpkg/alternatives/${name}`, 'file', between(20, 90, 600));
    appendTo('/var/log/alternatives.log', { size: between(80, 172, 400) }, surroundings);
  },
};

/** GnuPG's home: key ring, its backup, trust database. */
export const keys: FileCommand = {
  names: ['gpg', 'gpg2', 'apt-key'],
  act(command, { files }) {
    const reading = readWords(
      command.words,
      [
        '-o',
        '--output',
        '--keyserver',
        '--homedir',
        '--keyring',
        '--batch',
        '-r',
        '--recipient',
        '--no-default-keyring',
        '--keyserver-options',
      ].filter((option) => option !== '--batch' && option !== '--no-default-keyring'),
    );
    const output = pathOf(lastValue(reading, '-o', '--output'), command);
    if (output !== undefined && !output.startsWith('/dev/')) {
      files.write(output, 'file', between(300, 2_600, 20_000));
      return;
    }
    const keyring = pathOf(lastValue(reading, '--keyring'), command);
    const imports = hasFlag(
      reading,
      '--import',
      '--recv-keys',
      '--recv-key',
      '--recv',
      '--receive-keys',
      '--fetch-keys',
      '--quick-gen-key',
      '--gen-key',
      '--import-ownertrust',
    );
    if (command.name === 'apt-key') {
      const subcommand = reading.operands[0];
      if (subcommand !== undefined && /^(?:add|adv|fetch)/.test(wordValue(subcommand))) {
        files.write('/etc/apt/trusted.gpg', 'file', between(500, 3_200, 20_000));
      }
      return;
    }
    if (!imports) return;
    if (keyring !== undefined) {
      files.write(keyring, 'file', between(500, 3_200, 20_000));
      return;
    }
    const home = lastValue(reading, '--homedir');
    const folder =
      home === undefined
        ? (command.environment.get('GNUPGHOME') ?? within(command.environment.get('HOME') ?? '/root', '.gnupg'))
        : pathOf(home, command);
    if (folder === undefined) return;
    const path =
      command.environment.has('GNUPGHOME') && command.environment.get('GNUPGHOME') === undefined ? undefined : folder;
    // A home in a variable that is not known is a temporary one, which scripts remove again.
    if (path === undefined) return;
    const before = files.entryAt(`${path}/pubring.kbx`);
    files.write(`${path}/trustdb.gpg`, 'file', between(1_200, 1_200, 1_600));
    files.write(
      `${path}/pubring.kbx`,
      'file',
      before?.kind === 'file' ? addRanges([before.size, between(500, 3_000, 20_000)]) : between(500, 3_200, 40_000),
    );
    files.write(`${path}/pubring.kbx~`, 'file', before?.kind === 'file' ? before.size : between(32, 32, 40_000));
  },
};

/** `openssl … -out FILE`: keys, certificates, parameters. */
export const certificatesMade: FileCommand = {
  names: ['openssl', 'htpasswd', 'ssh-keyscan', 'envsubst', 'jq', 'yq', 'xmlstarlet', 'mkcert'],
  act(command, { files }) {
    const reading = command.words.map(wordValue);
    for (const option of ['-out', '-keyout', '--output']) {
      const at = reading.indexOf(option);
      const word = at < 0 ? undefined : command.words[at + 1];
      const path = word === undefined ? undefined : pathOf(word, command);
      if (path !== undefined && !path.startsWith('/dev/')) files.write(path, 'file', between(400, 1_900, 8_000));
    }
    if (command.name === 'htpasswd') {
      const path = pathOf(readWords(command.words).operands[0], command);
      if (path !== undefined && reading.some((word) => /^-\w*c/.test(word)))
        files.write(path, 'file', between(30, 50, 120));
    }
  },
};

/** debconf writes its two databases anew and keeps the old ones. */
export const reconfigure: FileCommand = {
  names: ['dpkg-reconfigure'],
  act(command, { files }) {
    for (const [name, bytes] of [
      ['templates.dat', 753_157],
      ['config.dat', 4_401],
    ] as const) {
      const path = `/var/cache/debconf/${name}`;
      const entry = files.entryAt(path);
      const size =
        entry?.kind === 'file' && entry.size.bytes !== null
          ? entry.size
          : between(Math.round(bytes * 0.9), bytes, bytes * 2);
      files.write(path, 'file', size);
      files.write(`${path}-old`, 'file', size);
    }
    const words = command.words.map(wordValue);
    if (words.includes('tzdata')) files.write('/etc/timezone', 'file', between(4, 8, 40));
    if (words.includes('locales'))
      files.write('/usr/lib/locale/locale-archive', 'file', between(2_900_000, 3_055_000, 3_400_000));
  },
};

/**
 * The list of all file names that `locate` searches: 30 to 70 bytes a file, so a hundred thousand files make few megabytes; where overlay file
 * systems are left out (`PRUNEFS` in updatedb.conf) it is all but empty.
 */
export const fileNames: FileCommand = {
  names: ['updatedb', 'updatedb.mlocate', 'updatedb.plocate', 'updatedb.findutils'],
  act(_command, { files }) {
    files.write('/var/lib/mlocate', 'tree', between(100, 500_000, 10_000_000), { label: 'updatedb' });
  },
};

/** Turns a service on: links and empty folders. */
export const links: FileCommand = {
  names: [
    'systemctl',
    'update-rc.d',
    'rc-update',
    'a2dismod',
    'a2dissite',
    'a2enconf',
    'phpenmod',
    'corepack-link',
    'chkconfig',
  ],
  act(command, { files }) {
    if (command.name === 'rc-update') files.write('/etc/runlevels', 'directory', noBytes);
  },
};
