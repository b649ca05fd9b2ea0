/** Scripts that projects publish to be piped into a shell: where they install and how much that usually is. */
import { t } from '../../localize';
import type { RunCommand } from '../../shell/types';
import { between, notKnown, smallOutput } from './estimates';
import { within, wordValue } from './options';
import type { CommandSurroundings } from './types';

interface Installed {
  /** `~` is the home folder of who runs it; `$NAME` the variable's value, with what is behind the colon when it is not set. */
  readonly path: string;
  readonly size: readonly [low: number, best: number, high: number];
}

interface Installer {
  readonly url: RegExp;
  readonly label: string;
  readonly files: (words: string) => readonly Installed[];
  /** It fetches lists of packages too. */
  readonly lists?: boolean;
}

const million = 1_000_000;

/** Sizes of current releases for Linux on amd64; ranges hold those of the years before. */
const installers: readonly Installer[] = [
  {
    url: /sh\.rustup\.rs|static\.rust-lang\.org\/rustup/,
    label: 'rustup',
    files: (words) => {
      const minimal = /--profile[= ]minimal/.test(words);
      const none = /--default-toolchain[= ]none/.test(words);
      return [
        { path: '$CARGO_HOME:~/.cargo', size: [10 * million, 20 * million, 30 * million] },
        ...(none
          ? []
          : [
              {
                path: '$RUSTUP_HOME:~/.rustup',
                size: minimal
                  ? ([470 * million, 560 * million, 700 * million] as const)
                  : ([900 * million, 1_250 * million, 1_600 * million] as const),
              },
            ]),
      ];
    },
  },
  {
    url: /nvm-sh\/nvm|creationix\/nvm/,
    label: 'nvm',
    files: () => [{ path: '$NVM_DIR:~/.nvm', size: [150_000, 1.6 * million, 14 * million] }],
  },
  {
    url: /nodesource\.com\/setup/,
    label: 'NodeSource',
    lists: true,
    files: () => [
      { path: '/etc/apt/sources.list.d/nodesource.list', size: [80, 200, 1_000] },
      { path: '/usr/share/keyrings/nodesource.gpg', size: [1_000, 2_200, 5_000] },
    ],
  },
  {
    url: /astral\.sh\/uv/,
    label: 'uv',
    files: () => [{ path: '~/.local/bin', size: [28 * million, 45 * million, 65 * million] }],
  },
  {
    url: /bun\.sh\/install/,
    label: 'Bun',
    files: () => [{ path: '$BUN_INSTALL:~/.bun', size: [78 * million, 95 * million, 112 * million] }],
  },
  {
    url: /deno\.land\/(?:x\/install\/)?install\.sh/,
    label: 'Deno',
    files: () => [{ path: '$DENO_INSTALL:~/.deno', size: [82 * million, 110 * million, 150 * million] }],
  },
  {
    url: /get\.pnpm\.io\/install\.sh/,
    label: 'pnpm',
    files: () => [{ path: '$PNPM_HOME:~/.local/share/pnpm', size: [45 * million, 66 * million, 95 * million] }],
  },
  {
    url: /helm\/.*get-helm-3|get\.helm\.sh/,
    label: 'Helm',
    files: () => [{ path: '/usr/local/bin/helm', size: [40 * million, 52 * million, 64 * million] }],
  },
  {
    url: /WasmEdge\/.*install\.sh/,
    label: 'WasmEdge',
    files: () => [{ path: '~/.wasmedge', size: [18 * million, 50 * million, 140 * million] }],
  },
  {
    url: /golangci-lint\/.*install\.sh/,
    label: 'golangci-lint',
    files: (words) => [
      {
        path: `${/-b[= ](\S+)/.exec(words)?.[1] ?? 'bin'}/golangci-lint`,
        size: [18 * million, 28 * million, 55 * million],
      },
    ],
  },
  {
    url: /getcomposer\.org\/installer/,
    label: 'Composer',
    files: (words) => {
      const folder = /--install-dir[= ](\S+)/.exec(words)?.[1] ?? '.';
      const name = /--filename[= ](\S+)/.exec(words)?.[1] ?? 'composer.phar';
      return [{ path: `${folder}/${name}`, size: [2.1 * million, 3 * million, 3.6 * million] }];
    },
  },
];

/** Writes what the script installs that is piped into a command. False when it is none that is known. */
export function installPiped(command: RunCommand, surroundings: CommandSurroundings): boolean {
  const from = command.pipe?.from;
  if (from?.name !== 'curl' && from?.name !== 'wget') return false;
  return installFrom(from.words.map(wordValue).join(' '), command, surroundings);
}

/** Writes what the script behind a URL installs, given the words of the command that runs it. False when it is none that is known. */
export function installFrom(url: string, command: RunCommand, { files, evidence }: CommandSurroundings): boolean {
  const installer = installers.find((candidate) => candidate.url.test(url));
  if (installer === undefined) return false;
  const { label } = installer;
  for (const { path, size } of installer.files(command.words.map(wordValue).join(' '))) {
    const place = placeOf(path, command);
    if (place !== undefined)
      files.write(place, /\.\w+$|\/bin\/\w+$/.test(place) ? 'file' : 'tree', between(...size), { label });
  }
  if (installer.lists === true) {
    files.write('/var/lib/apt/lists', 'tree', notKnown, {
      label,
      reason: t('How large the lists of the added packages are is not known.'),
    });
  }
  evidence(t('What the installer of {0} usually leaves.', label));
  return true;
}

function placeOf(path: string, command: RunCommand): string | undefined {
  const [, name, otherwise = path] = /^\$(\w+):(.*)$/.exec(path) ?? [];
  const given = name === undefined ? undefined : command.environment.get(name);
  if (name !== undefined && command.environment.has(name) && given === undefined) return undefined;
  const home = command.environment.get('HOME') ?? '/root';
  const place = (given ?? otherwise).replace(/^~/, home);
  if (place.startsWith('/')) return place;
  return command.directory === undefined ? undefined : within(command.directory, place);
}

/** `nvm install VERSION`: a release of Node.js with npm, and its archive in nvm's cache. */
export function installNode(command: RunCommand, { files, evidence }: CommandSurroundings): void {
  const subcommand = command.words[0] === undefined ? '' : wordValue(command.words[0]);
  const folder = placeOf('$NVM_DIR:~/.nvm', command);
  if (folder === undefined) return;
  if (subcommand === 'clear-cache' || subcommand === 'cache') files.remove(`${folder}/.cache`);
  if (subcommand === 'alias') files.write(`${folder}/alias/default`, 'file', smallOutput);
  if (subcommand !== 'install' && subcommand !== 'i') return;
  files.write(`${folder}/versions`, 'tree', between(110 * million, 180 * million, 235 * million), { label: 'Node.js' });
  files.write(`${folder}/.cache`, 'tree', between(20 * million, 27 * million, 60 * million), { label: 'nvm' });
  evidence(t('What the installer of {0} usually leaves.', 'Node.js'));
}
