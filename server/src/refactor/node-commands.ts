/** What the commands of a Node image's RUN instructions are for. */
import { readCommands, type ShellCommand } from '../shell/commands';
import type { PackageManager } from './node-project';

export type CommandPurpose =
  /** Installs the project's dependencies. */
  | { readonly kind: 'install'; readonly manager: PackageManager; readonly production: boolean }
  /** Builds, tests or changes the project. */
  | { readonly kind: 'build'; readonly prunes: boolean }
  /** Installs programs for everyone: `npm install -g`, `corepack enable`. */
  | { readonly kind: 'tool'; readonly names: readonly string[]; readonly corepack: boolean }
  /** Installs packages of the operating system. */
  | { readonly kind: 'system'; readonly buildOnly: boolean }
  /** Gives the project's folder to a user. */
  | { readonly kind: 'ownership'; readonly owner: string }
  /** Files, folders and users outside of the project. */
  | { readonly kind: 'setup' }
  /** Changes nothing that stays, or only tells. */
  | { readonly kind: 'neutral' }
  | { readonly kind: 'unknown'; readonly name: string };

const buildPackages = new Set(
  (
    'python python2 python3 python3-dev python-is-python3 py3-pip py3-setuptools make g++ gcc build-essential build-base git libc6-dev ' +
    'libc-dev musl-dev linux-headers pkg-config pkgconf pkgconfig autoconf automake libtool cmake nasm node-gyp binutils patch'
  ).split(' '),
);
const neutral = new Set(
  'true : echo printf set cd test [ ls cat pwd id whoami env which uname date export unset sleep'.split(' '),
);
const files = new Set('mkdir chmod ln touch cp mv tee install sed'.split(' '));
const users = new Set(
  'adduser addgroup useradd groupadd usermod groupmod deluser delgroup userdel passwd chsh'.split(' '),
);
const builders = new Set(
  'npx node tsc vite webpack rollup esbuild next ng nest gulp grunt make sh bash parcel turbo nx lerna prisma bun jest vitest eslint'.split(
    ' ',
  ),
);

/** What each command of a script is for; `folder` is the project's absolute folder. */
export function purposesOf(script: string, folder: string, workdir: string): CommandPurpose[] {
  return readCommands(script).commands.map((command) => purposeOf(command, folder, workdir));
}

function purposeOf(command: ShellCommand, folder: string, workdir: string): CommandPurpose {
  const name = command.name?.value;
  if (command.name === undefined) return { kind: 'neutral' };
  if (name === undefined) return { kind: 'unknown', name: command.name.text };
  const words = command.arguments.map((word) => word.value ?? word.text);
  if (name === 'npm' || name === 'pnpm') return managerPurpose(name, words);
  if (name === 'yarn' || name === 'yarnpkg') return yarnPurpose(words);
  if (name === 'corepack') return { kind: 'tool', names: ['yarn', 'pnpm'], corepack: true };
  if (/^(?:apt-get|apt|apk)$/.test(name)) return systemPurpose(words);
  const inside = (path: string): boolean => isInside(path, folder, workdir);
  const paths = [
    ...command.arguments.filter((word) => !word.text.startsWith('-')).map((word) => word.value ?? word.text),
    ...command.redirections.flatMap(({ target }) =>
      target?.value !== undefined && /\D/.test(target.value) ? [target.value] : [],
    ),
  ];
  if (name === 'chown') return ownership(words, inside);
  if (users.has(name)) return { kind: 'setup' };
  if (name === 'rm') return paths.some(inside) ? { kind: 'build', prunes: false } : { kind: 'neutral' };
  if (files.has(name)) {
    // The first word of these is a mode, or a script.
    const places = name === 'chmod' || name === 'sed' ? paths.slice(1) : paths;
    if (places.every(inside)) return { kind: 'build', prunes: false };
    return places.some(inside) ? { kind: 'unknown', name } : { kind: 'setup' };
  }
  if (neutral.has(name)) {
    return command.redirections.some(
      ({ operator, target }) => operator.startsWith('>') && target?.value !== '/dev/null',
    )
      ? paths.every(inside)
        ? { kind: 'build', prunes: false }
        : { kind: 'setup' }
      : { kind: 'neutral' };
  }
  if (builders.has(name) || name.startsWith('./') || (name.startsWith('/') && inside(name)))
    return { kind: 'build', prunes: false };
  return { kind: 'unknown', name };
}

function isInside(path: string, folder: string, workdir: string): boolean {
  if (/[$`~]|\.\./.test(path)) return false;
  const absolute = path.startsWith('/') ? path : `${workdir.replace(/\/$/, '')}/${path}`;
  return absolute === folder || absolute.startsWith(`${folder}/`);
}

function managerPurpose(manager: 'npm' | 'pnpm', words: readonly string[]): CommandPurpose {
  const [verb = '', ...rest] = words.filter((word) => !word.startsWith('-'));
  if (words.some((word) => word === '-g' || word === '--global'))
    return { kind: 'tool', names: rest.map(packageName), corepack: false };
  const installs =
    manager === 'npm' ? /^(?:install|i|ci|clean-install|in|ins|isntall|install-clean)$/ : /^(?:install|i|fetch)$/;
  if (installs.test(verb) && rest.length === 0) return { kind: 'install', manager, production: isProduction(words) };
  if (manager === 'pnpm' && verb === 'deploy') return { kind: 'unknown', name: 'pnpm deploy' };
  if (/^(?:config|set|get|cache|version|audit|view|ping|whoami|store)$/.test(verb) || verb === '')
    return { kind: 'neutral' };
  return { kind: 'build', prunes: verb === 'prune' && isProduction(words) };
}

function yarnPurpose(words: readonly string[]): CommandPurpose {
  const [verb, second, ...rest] = words.filter((word) => !word.startsWith('-'));
  if (verb === 'global')
    return second === 'add' ? { kind: 'tool', names: rest.map(packageName), corepack: false } : { kind: 'neutral' };
  if (verb === 'install' || (verb === undefined && !words.some((word) => /^-(?:v|-version)$/.test(word)))) {
    return { kind: 'install', manager: 'yarn', production: isProduction(words) };
  }
  if (verb === undefined || /^(?:config|set|cache|audit|info)$/.test(verb)) return { kind: 'neutral' };
  return { kind: 'build', prunes: false };
}

function isProduction(words: readonly string[]): boolean {
  return words.some(
    (word, index) =>
      /^(?:--production(?:=true)?|--prod|-P|--omit=dev|--only=prod(?:uction)?)$/.test(word) ||
      (/^--(?:omit|only)$/.test(word) && /^(?:dev|prod(?:uction)?)$/.test(words[index + 1] ?? '')),
  );
}

function packageName(word: string): string {
  return word.replace(/(?!^)@[^/]*$/, '');
}

function systemPurpose(words: readonly string[]): CommandPurpose {
  const [verb = '', ...packages] = words.filter((word) => !word.startsWith('-'));
  if (!/^(?:install|add)$/.test(verb)) return { kind: 'neutral' };
  const names = packages.filter((word) => !word.startsWith('.')).map((word) => word.replace(/[=~<>].*$/, ''));
  return { kind: 'system', buildOnly: names.length > 0 && names.every((name) => buildPackages.has(name)) };
}

function ownership(words: readonly string[], inside: (path: string) => boolean): CommandPurpose {
  const [owner, ...paths] = words.filter((word) => !word.startsWith('-'));
  if (owner === undefined || paths.length === 0) return { kind: 'unknown', name: 'chown' };
  if (!paths.some(inside)) return { kind: 'setup' };
  return paths.every(inside) && !owner.includes('$')
    ? { kind: 'ownership', owner }
    : { kind: 'unknown', name: 'chown' };
}

/** Global packages that only building needs. */
const buildTools = new Set(
  (
    'npm pnpm yarn corepack typescript @angular/cli @nestjs/cli @vue/cli node-gyp webpack webpack-cli vite rollup esbuild lerna turbo nx ' +
    'eslint gulp gulp-cli grunt grunt-cli rimraf parcel jest mocha'
  ).split(' '),
);

/** True when a tool could be needed to run the application: all but those known for building, unless the startup names them. */
export function isRuntimeTool(purpose: CommandPurpose, startup: readonly string[]): boolean {
  return purpose.kind === 'tool' && purpose.names.some((name) => startup.includes(name) || !buildTools.has(name));
}

/** Programs that the full Debian image has and the slim one has not. */
const onlyInFullImage = new Set(
  'curl wget git python python3 make gcc g++ cc svn hg ssh scp convert identify magick unzip xz file'.split(' '),
);

/** The first of the programs that only the full image has. */
export function fullImageProgram(programs: readonly string[]): string | undefined {
  return programs.find((program) => onlyInFullImage.has(program));
}
