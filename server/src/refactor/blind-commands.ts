/**
 * Commands that do not look at a project's folder and write nothing into it: they do the same whether or not its files are there yet.
 * A table of programs that are known to do only what their words say; everything else may look.
 */
import { cleanPath } from '../build/paths';
import type { ShellCommand, ShellWord } from '../shell/commands';
import { type CopiedFiles, holdsSettings, matchesCopied, namesCopied, shadowsPython } from './copied-files';
import { foldersOfPackages } from './copy-ground';
import { type ManagerCall, managerCall } from './run-managers';
import type { RunText } from './run-text';
import { within } from './split-types';

/** Folders in which projects lie: packages of a distribution leave them alone, and no program looks there unasked. */
const projectFolders =
  /^\/(?:app|src|opt|srv|home|work|workspace|workdir|code|build|data|tmp|usr\/src|usr\/app|project|site)(?:\/|$)/;

/** True when files that are copied there concern nobody but those who name the folder. */
export function isProjectFolder(path: string): boolean {
  return projectFolders.test(path) && !/^\/(?:opt|srv|tmp)$/.test(path) && !foldersOfPackages.test(path);
}

/** Managers of a distribution's packages. */
export const systemManagers = /^(?:apt|apk|dnf|yum|microdnf|zypper)$/;
/** Programs that only tell, or only change the shell. */
const silent = /^(?:echo|printf|true|:|exit|id|whoami|uname|date|sleep|umask)$/;
/** Programs whose operands are paths. */
const files = /^(?:rm|rmdir|mkdir|touch|ln|cp|mv|cat|tee|chmod|chown|chgrp|test|\[|ls|gpg|install)$/;
const users = /^(?:useradd|groupadd|adduser|addgroup|usermod|groupmod)$/;
const registers = /^(?:ldconfig|update-ca-certificates|locale-gen|update-locale|update-alternatives)$/;

/** True when none of the commands of a RUN could read what is copied, or write where it lies. */
export function isBlind(text: RunText, copied: CopiedFiles, commands = allCommands(text)): boolean {
  const { folders } = copied;
  const { state } = text.step;
  if (text.shape.dynamic || text.items.length === 0 || commands.length === 0) return false;
  if (text.operation.mounts.some((mount) => mount.type === 'bind' || folders.some((each) => meets(mount.target, each))))
    return false;
  if (!folders.every(isProjectFolder) || namesCopied(state.shell[0] ?? '', undefined, copied)) return false;
  // `${!name}` is the variable that another one names; a loop takes names of files without a command.
  if (/\$\{!/.test(text.script) || (folders.length > 0 && /\bfor\s+\w+\s+in\s[^;\n]*[*?[]/.test(text.script)))
    return false;
  if (!/^(?:|root|0)(?::|$)/.test(state.user) && holdsSettings(copied)) return false;
  let folder: string | undefined = cleanPath(state.workdir);
  const values = new Map(state.environment.map(({ name, value }) => [name, value]));
  for (const command of commands) {
    const about: Surroundings = { folder, folders, copied, values };
    if (!isBlindCommand(command, about)) return false;
    if (command.name?.value === 'cd') folder = pathOf(command.arguments[0], about);
  }
  return true;
}

/** The commands of a RUN in the order of execution. */
export function allCommands({ items }: RunText): readonly ShellCommand[] {
  return items.flatMap(({ commands }) => commands);
}

/** A command that takes its time: it installs or fetches something. */
export function isDear(command: ShellCommand): boolean {
  const call = managerCall(command);
  if (call !== undefined) return systemManagers.test(call.manager) ? systemInstall.test(call.verb) : !isTold(call);
  return /^(?:curl|wget|gem|go)$/.test(command.name?.value ?? '');
}

const systemInstall = /^(?:install|add|upgrade|dist-upgrade|full-upgrade|groupinstall|build-dep)$/;

function isTold({ manager, verb, words }: ManagerCall): boolean {
  return (
    manager === 'npm' &&
    /^(?:config|set|cache clean)$/.test(verb) &&
    !words.some((word) => /^(?:-L|-C|--(?:location|prefix|userconfig|globalconfig)(?:=.*)?)$/.test(word))
  );
}

interface Surroundings {
  /** Where the command runs; undefined when not known. */
  readonly folder: string | undefined;
  readonly folders: readonly string[];
  readonly copied: CopiedFiles;
  readonly values: ReadonlyMap<string, string>;
}

function isBlindCommand(command: ShellCommand, about: Surroundings): boolean {
  const written = command.redirections.flatMap(({ target }) => (target === undefined ? [] : [target]));
  if (!written.every((word) => /^\d+$|^-$/.test(word.text) || isElsewhere(word, about))) return false;
  const name = command.name?.value;
  if (command.assignments.some(({ text }) => namesCopied(text, about.folder, about.copied))) return false;
  if (command.name === undefined) return true;
  if (name === undefined || meetsCopied(command, about)) return false;
  const words = command.arguments;
  const operands = words.filter(({ text }) => !text.startsWith('-'));
  if (silent.test(name)) return true;
  if (words.some(({ text }) => text.includes('/proc/'))) return false;
  if (name === 'ls' && operands.length === 0 && about.folders.some((each) => meets(about.folder ?? '/', each)))
    return false;
  // Without a name these tell all variables.
  if (name === 'set' || name === 'export') return words.length > 0 && words[0]?.text !== '-p';
  if (name === 'cd') return pathOf(words[0], about) !== undefined && isElsewhere(words[0], about);
  if (users.test(name))
    return (
      words.every((word) => word.value !== undefined && (!word.value.includes('/') || isElsewhere(word, about))) &&
      !about.folders.some((folder) => within(folder, '/home'))
    );
  if (registers.test(name)) return words.every((word) => !word.text.includes('/') || isElsewhere(word, about));
  if (name === 'sed') return operands.slice(1).every((word) => isElsewhere(word, about)) && operands.length > 1;
  if (files.test(name)) {
    // What comes first may be a mode, an owner or a word of a test.
    const plain = /^(?:chmod|chown|chgrp|test|\[)$/.test(name);
    return operands.every((word) => (plain && !word.text.includes('/')) || isElsewhere(word, about));
  }
  if (name === 'curl' || name === 'wget') return isDownload(name, words, about);
  const call = managerCall(command);
  if (call === undefined) return isForeignInstall(name, words);
  if (systemManagers.test(call.manager)) return words.every((word) => isPackageWord(word, about));
  return isToolInstall(call, words, about);
}

/** Options of package managers that stand before a path. */
const beforePath =
  /^(?:-[bcfoirtnCX]|--(?:config-file|option|repositories-file|repository|keys-dir|root|installroot|config|setopt|cert|client-cert|cache-dir|cache|log|find-links|target|prefix|src|constraint|requirement|userconfig|globalconfig|cafile|install-dir|bindir))$/;

/** One of its words names something that is copied. Words that are no paths for the program do not count, such as names of packages. */
function meetsCopied(command: ShellCommand, about: Surroundings): boolean {
  const { folder, folders, copied } = about;
  if (folders.length === 0) return false;
  const name = command.name?.value ?? '';
  const words = command.arguments;
  if (words.some((word) => matchesCopied(word, folder, copied))) return true;
  if (name.includes('/') && namesCopied(name, folder, copied)) return true;
  if (silent.test(name)) return false;
  if (shadowsPython(command, folder, copied)) return true;
  // A gem of the name in the folder goes before the one that is fetched.
  if (name === 'gem' && (folder === undefined || copied.names(folder).some((each) => each.endsWith('.gem'))))
    return true;
  const installs = managerCall(command) !== undefined || /^(?:gem|corepack)$/.test(name);
  const first = /^(?:chmod|chown|chgrp)$/.test(name) ? words.findIndex(({ text }) => !text.startsWith('-')) : -1;
  return words.some((word, index) => {
    const text = word.value ?? word.text;
    if (/^\w+:\/\//.test(text) && !/^file:/.test(text)) return false;
    const isPlain = !/[/=@]|^-/.test(text);
    if (isPlain && (index === first || users.test(name) || registers.test(name))) return false;
    if (isPlain && installs && !beforePath.test(words[index - 1]?.text ?? '')) return false;
    return namesCopied(known(word.text, about) ?? text, folder, copied);
  });
}

/** Tools for everybody, named one by one. */
function isToolInstall(call: ManagerCall, words: readonly ShellWord[], about: Surroundings): boolean {
  if (!words.every((word) => isPackageWord(word, about))) return false;
  switch (call.manager) {
    case 'pip':
      return (
        call.verb === 'install' &&
        !call.words.some((word) =>
          /^(?:-[rce]|-[rce][^-].*|--(?:requirement|constraint|editable|group|find-links|target|prefix|root)(?:=.*)?|.*\.(?:whl|zip|tar\.gz|tgz))$/.test(
            word,
          ),
        )
      );
    case 'npm':
      // Only a global installation leaves the project's own settings alone (npm: config, "per-project config file").
      return (
        isTold(call) ||
        (/^(?:install|i|add)$/.test(call.verb) && call.words.some((word) => /^(?:-g|--global)$/.test(word)))
      );
    case 'poetry':
      return call.verb === 'config' && !call.words.includes('--local');
    case 'go':
      return call.verb === 'install' && words.slice(1).every(({ text }) => text.startsWith('-') || /.@./.test(text));
    default:
      return false;
  }
}

function isForeignInstall(name: string, words: readonly ShellWord[]): boolean {
  const [verb, ...rest] = words.map(({ value }) => value);
  if (rest.includes(undefined)) return false;
  if (name === 'gem') return verb === 'install' && rest.every((word) => !/^(?:-g|--file)|[/]|\.gem$/.test(word ?? ''));
  if (name === 'corepack')
    return verb === 'enable' || (verb === 'prepare' && rest.some((word) => /.@./.test(word ?? '')));
  return false;
}

/** Everything goes to a place that is named, or to the output. */
function isDownload(name: string, words: readonly ShellWord[], about: Surroundings): boolean {
  let named = name === 'curl';
  for (const [index, { text }] of words.entries()) {
    const next = words[index + 1];
    if (
      name === 'curl' &&
      /^(?:-[fsSLkgvi#0-9jlnNqRzIaGB]*[OJKTF].*|--(?:remote-name(?:-all)?|config|upload-file|form))$/.test(text)
    )
      return false;
    const puts = name === 'curl' ? /^(?:-[a-zA-Z]*o|--output)$/ : /^(?:-[a-zA-Z]*O|--output-document)$/;
    if (puts.test(text)) {
      if (next?.value !== '-' && !isElsewhere(next, about)) return false;
      named = true;
    }
    if (/^(?:-[a-zA-Z]*[dP]|--data.*|--directory-prefix|--input-file|-i)$/.test(text)) return false;
  }
  return named || (about.folder !== undefined && !about.folders.some((each) => within(about.folder ?? '', each)));
}

/** A name of a package, an option or a URL: no path that could lie in the folders. */
function isPackageWord(word: ShellWord, about: Surroundings): boolean {
  const text = word.value ?? known(word.text, about);
  if (text === undefined) return false;
  return text.split(/\s+/).every((each) => {
    if (/^(?:git\+)?(?:https?|ssh|git):\/\//.test(each) || /=https?:\/\//.test(each)) return true;
    if (/\.(?:apk|deb|rpm|tgz|tar(?:\.\w+)?|whl|zip)$/.test(each)) return false;
    const at = each.indexOf('/');
    if (at < 0) return !/^\.{1,2}$/.test(each);
    // `@scope/name`, `curl/stable`, `example.org/tool@v1`: names with a slash.
    return !/^(?:\.|~|\/|-)/.test(each) || (/^-/.test(each) && !/[=](?:\.|~)/.test(each) && !touches(each, about));
  });
}

/** The word with the variables of the environment in place; undefined where the shell decides. */
function known(text: string, { values }: Surroundings): string | undefined {
  const bare = text.replace(/^"(.*)"$/, '$1');
  const whole = bare.replace(/\$\{(\w+)\}|\$(\w+)/g, (all, braced: string | undefined, plain: string | undefined) => {
    return values.get(braced ?? plain ?? '') ?? all;
  });
  return /[$`~"'\\{}]/.test(whole) ? undefined : whole;
}

/** The path that a word names, absolute, without what a pattern stands for. */
function pathOf(word: ShellWord | undefined, about: Surroundings): string | undefined {
  const text = word && (word.value ?? known(word.text, about));
  if (text === undefined || text === '') return undefined;
  const plain = text.replace(/[*?[].*$/, '');
  if (plain.startsWith('/')) return cleanPath(plain);
  return about.folder === undefined ? undefined : cleanPath(`${about.folder}/${plain}`);
}

function isElsewhere(word: ShellWord | undefined, about: Surroundings): boolean {
  const path = pathOf(word, about);
  return path !== undefined && !about.folders.some((folder) => meets(path, folder));
}

function touches(text: string, { folders }: Surroundings): boolean {
  return folders.some((folder) => text.includes(folder));
}

/** One is the other, or lies in it. */
export function meets(path: string, other: string): boolean {
  return within(path, other) || within(other, path);
}
