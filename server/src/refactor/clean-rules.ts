/** How each package manager's lists and caches are kept out of the layer that an install makes. */

import { hasOption, type ManagerCall } from './run-managers';
import type { RunText } from './run-text';

export interface CleanRule {
  readonly manager: string;
  /** The call leaves something that nothing in the image needs. */
  readonly leaves: (call: ManagerCall, text: RunText) => boolean;
  /** A later call of the RUN takes it away. */
  readonly cleans: (call: ManagerCall) => boolean;
  /** Folders that hold it, as they are written in `rm`: their deletion counts too. */
  readonly folders: readonly RegExp[];
  readonly way: /** Behind the manager's last call, or behind the last that leaves something. */
    | { readonly kind: 'command'; readonly text: string; readonly afterInstall?: true }
    /** Put behind the verb of each such call. */
    | { readonly kind: 'option'; readonly text: string };
}

const on = /^(?:1|true|yes|on)$/i;

function isSet(text: RunText, ...names: readonly string[]): boolean {
  return text.step.state.environment.some(({ name, value }) => names.includes(name.toUpperCase()) && on.test(value));
}

const installs = /^(?:install|upgrade|dist-upgrade|full-upgrade|groupinstall|update|reinstall|group)$/;

function rpm(manager: string, clean: string): CleanRule {
  return {
    manager,
    leaves: ({ verb }) => installs.test(verb) || verb === 'makecache',
    cleans: (call) => call.verb === 'clean' && (call.words.includes('all') || hasOption(call, '--all', '-a')),
    folders: [/^\/var\/cache\/(?:\*|dnf|yum|libdnf5|zypp)(?:\/\*)?\/?$/],
    way: { kind: 'command', text: clean },
  };
}

/** One row a manager. */
export const cleanRules: readonly CleanRule[] = [
  {
    manager: 'apt',
    leaves: ({ verb }) => verb === 'update',
    cleans: () => false,
    folders: [/^\/var\/lib\/apt(?:\/\*|\/lists)?(?:\/\*)?\/?$/],
    way: { kind: 'command', text: 'rm -rf /var/lib/apt/lists/*' },
  },
  {
    manager: 'apk',
    leaves: (call) => call.verb === 'add' && !hasOption(call, '--no-cache', '--no-network', '--cache-dir'),
    cleans: () => false,
    folders: [/^\/var\/cache\/(?:\*|apk)(?:\/\*)?\/?$/],
    way: { kind: 'option', text: '--no-cache' },
  },
  rpm('dnf', 'dnf clean all'),
  rpm('yum', 'yum clean all'),
  rpm('microdnf', 'microdnf clean all'),
  rpm('zypper', 'zypper clean --all'),
  {
    manager: 'npm',
    leaves: ({ verb }) => /^(?:ci|i|install|add|install-clean|clean-install)$/.test(verb),
    cleans: (call) => call.verb === 'cache clean',
    folders: [/^(?:~|\$HOME|\$\{HOME\}|\/root)\/\.npm(?:\/_cacache)?(?:\/\*)?\/?$/],
    way: { kind: 'command', text: 'npm cache clean --force', afterInstall: true },
  },
  {
    manager: 'yarn',
    leaves: ({ verb }) => /^(?:|install|add|global add)$/.test(verb),
    cleans: (call) => call.verb === 'cache clean',
    folders: [
      /^\/usr\/local\/share\/\.cache(?:\/yarn)?(?:\/\*)?\/?$/,
      /^(?:~|\/root)\/\.cache(?:\/yarn)?(?:\/\*)?\/?$/,
    ],
    way: { kind: 'command', text: 'yarn cache clean', afterInstall: true },
  },
  {
    manager: 'pip',
    leaves: (call, text) =>
      /^(?:install|wheel|download)$/.test(call.verb) &&
      !hasOption(call, '--no-cache-dir', '--cache-dir') &&
      !isSet(text, 'PIP_NO_CACHE_DIR'),
    cleans: (call) => call.verb === 'cache purge',
    folders: [/^(?:~|\$HOME|\$\{HOME\}|\/root)\/\.cache(?:\/pip)?(?:\/\*)?\/?$/],
    way: { kind: 'option', text: '--no-cache-dir' },
  },
  {
    manager: 'uv',
    leaves: (call, text) =>
      /^(?:sync|add|pip install|pip sync|tool install)$/.test(call.verb) &&
      !hasOption(call, '--no-cache', '-n', '--cache-dir') &&
      !isSet(text, 'UV_NO_CACHE'),
    cleans: (call) => call.verb === 'cache clean',
    folders: [/^(?:~|\$HOME|\$\{HOME\}|\/root)\/\.cache(?:\/uv)?(?:\/\*)?\/?$/],
    way: { kind: 'option', text: '--no-cache' },
  },
  {
    manager: 'poetry',
    leaves: (call) => /^(?:install|sync|add)$/.test(call.verb) && !hasOption(call, '--no-cache'),
    cleans: (call) => call.verb === 'cache clear',
    folders: [/^(?:~|\$HOME|\$\{HOME\}|\/root)\/\.cache(?:\/pypoetry)?(?:\/\*)?\/?$/],
    way: { kind: 'option', text: '--no-cache' },
  },
];

/** Where what a rule keeps out lies: for whether a cache mount has it already. */
export const cleanedFolders: Readonly<Record<string, readonly RegExp[]>> = {
  apt: [/^\/var\/lib\/apt(?:\/lists)?$/],
  apk: [/^\/(?:var\/cache|etc\/apk)(?:\/apk|\/cache)?$/],
  dnf: [/^\/var\/cache(?:\/(?:libdnf5|dnf|yum))?$/],
  yum: [/^\/var\/cache(?:\/yum)?$/],
  microdnf: [/^\/var\/cache(?:\/yum|\/dnf)?$/],
  zypper: [/^\/var\/cache(?:\/zypp)?$/],
  npm: [/\/\.npm(?:\/_cacache)?$/],
  yarn: [/\.cache(?:\/yarn)?$/, /\/\.yarn(?:\/berry)?(?:\/cache)?$/],
  pip: [/\.cache(?:\/pip)?$/],
  uv: [/\.cache(?:\/uv)?$/],
  poetry: [/\.cache(?:\/pypoetry)?/],
};
